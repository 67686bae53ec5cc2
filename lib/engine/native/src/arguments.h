// What both native engines ask of a call from JavaScript: tensors as externals, and arguments that are checked before
// they touch memory. The TypeScript side is ../native.ts. An addon compiles these files beside its own, where
// common.h declares its `Buffer`.
#pragma once
#include <napi.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace sky {
[[noreturn]] void fail(const std::string& message);

enum class Type : int { F32 = 0, BF16 = 1, U8 = 2 };
size_t sizeOf(Type type);

// The storage behind one tfjs DataId, with at least a block, a count and a type.
struct Buffer;

// What an addon defines itself. Of all externals that can reach it (a recording, another engine's tensor) only those
// with its mark are tensors.
extern const napi_type_tag kTensor;
// Bytes that tensors hold.
size_t liveBytes();
// Hears of every tensor that a kernel is called with.
void noteArgument(Buffer& buffer);
// What JavaScript is told of an error.
std::string inWords(const std::exception& error);

// Hands a buffer to JS, which owns it from then on.
Napi::Value tensorFor(Napi::Env env, std::unique_ptr<Buffer> buffer);
// The buffer behind what JS handed in; null where that is no tensor of this engine.
Buffer* tensorIn(const Napi::Value& value);

// Positional arguments of a kernel call.
class Args {
 public:
  explicit Args(const Napi::CallbackInfo& info) : info_(info) {}
  Buffer& buffer(size_t i) const;
  Buffer* optional(size_t i) const;
  std::vector<Buffer*> buffers(size_t i) const;
  std::vector<int64_t> ints(size_t i, size_t expected = 0) const;
  double number(size_t i) const;
  std::string text(size_t i) const;
  bool has(size_t i) const;
  // A typed array's memory, checked for its type.
  void* array(size_t i, napi_typedarray_type type, size_t& length) const;
  const Napi::CallbackInfo& info() const { return info_; }

 private:
  const Napi::CallbackInfo& info_;
};

// Argument `i`, a typed array of JavaScript with `count` values; `what` is said where it is none.
struct Values {
  napi_typedarray_type type;
  void* data;
  Values(const Args& a, size_t i, size_t count, const char* what);
  // f with a pointer of the array's own type.
  template <class F>
  void with(const char* what, const F& f) const {
    switch (type) {
      case napi_float32_array:
        return f(static_cast<float*>(data));
      case napi_int32_array:
        return f(static_cast<int32_t*>(data));
      case napi_uint8_array:
        return f(static_cast<uint8_t*>(data));
      default:
        fail(std::string(what) + ": values must be Float32Array, Int32Array or Uint8Array");
    }
  }
};

bool allFinite(const float* values, int64_t n);
int64_t product(const std::vector<int64_t>& dims);
// Throws unless the buffer holds exactly the product of `dims`.
void requireCount(const Buffer& buffer, const std::vector<int64_t>& dims, const char* what);
void requireF32(const Buffer& buffer, int64_t count, const char* what);

using Kernel = void (*)(const Args&);
using Answer = Napi::Value (*)(const Args&);
// Makes a function callable from JS; every C++ error becomes a JS Error.
void addKernel(Napi::Env env, Napi::Object exports, const char* name, Kernel kernel);
void addAnswer(Napi::Env env, Napi::Object exports, const char* name, Answer answer);
// alloc(count, storage): a tensor whose values are not set
void addAlloc(Napi::Env env, Napi::Object exports);
}  // namespace sky
