// Reading the arguments of a native function: every one is checked, a wrong one throws a JavaScript Error.
#pragma once
#include <napi.h>

#include <cmath>
#include <memory>
#include <new>
#include <string>

inline Napi::Error wrong(const Napi::CallbackInfo& info, size_t i, const char* what) {
  return Napi::TypeError::New(info.Env(), "numeric: argument " + std::to_string(i) + " must be " + what + ".");
}

/** A whole number >= 0. */
inline size_t sizeArgument(const Napi::CallbackInfo& info, size_t i) {
  if (!info[i].IsNumber()) throw wrong(info, i, "a whole number >= 0");
  const double x = info[i].As<Napi::Number>().DoubleValue();
  if (!(x >= 0) || x > 9e15 || x != std::floor(x)) throw wrong(info, i, "a whole number >= 0");
  return static_cast<size_t>(x);
}

inline double numberArgument(const Napi::CallbackInfo& info, size_t i) {
  if (!info[i].IsNumber()) throw wrong(info, i, "a number");
  return info[i].As<Napi::Number>().DoubleValue();
}

/** A typed array of at least `length` values of type T; its memory is used in place. */
template <class T>
T* arrayArgument(const Napi::CallbackInfo& info, size_t i, size_t length, napi_typedarray_type type, const char* name) {
  if (!info[i].IsTypedArray() || info[i].As<Napi::TypedArray>().TypedArrayType() != type) throw wrong(info, i, name);
  auto array = info[i].As<Napi::TypedArrayOf<T>>();
  if (array.ElementLength() < length)
    throw wrong(info, i,
                (std::string(name) + " of at least " + std::to_string(length) + " values (it has " +
                 std::to_string(array.ElementLength()) + ")")
                    .c_str());
  return array.Data();
}
inline double* doubles(const Napi::CallbackInfo& info, size_t i, size_t length) {
  return arrayArgument<double>(info, i, length, napi_float64_array, "a Float64Array");
}
inline float* floats(const Napi::CallbackInfo& info, size_t i, size_t length) {
  return arrayArgument<float>(info, i, length, napi_float32_array, "a Float32Array");
}
inline int32_t* ints(const Napi::CallbackInfo& info, size_t i, size_t length) {
  return arrayArgument<int32_t>(info, i, length, napi_int32_array, "an Int32Array");
}

/** Data that may be f32 or f64: calls `use(pointer)` with the type that was passed. */
template <class Use>
void withReals(const Napi::CallbackInfo& info, size_t i, size_t length, Use&& use) {
  if (info[i].IsTypedArray() && info[i].As<Napi::TypedArray>().TypedArrayType() == napi_float32_array)
    use(static_cast<const float*>(floats(info, i, length)));
  else use(static_cast<const double*>(doubles(info, i, length)));
}

/** 64-byte aligned scratch memory, uninitialised; a failed allocation becomes a JavaScript Error. */
struct Scratch {
  double* data;
  explicit Scratch(size_t length) : data(static_cast<double*>(std::aligned_alloc(64, (length * 8 + 127) / 64 * 64))) {
    if (!data) throw std::bad_alloc();
  }
  ~Scratch() { std::free(data); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  operator double*() const { return data; }
};

/** Registers `f` so that a C++ exception (out of memory) reaches JavaScript as an Error. */
template <void (*f)(const Napi::CallbackInfo&)>
void exportFunction(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New(
                        env,
                        [](const Napi::CallbackInfo& info) {
                          try {
                            f(info);
                          } catch (const std::bad_alloc&) {
                            throw Napi::Error::New(info.Env(), "numeric: out of memory.");
                          }
                        },
                        name));
}
