#include "arguments.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "common.h"

namespace sky {
void fail(const std::string& message) { throw std::runtime_error(message); }

bool allFinite(const float* values, int64_t n) {
  uint32_t bad = 0;
  for (int64_t i = 0; i < n; i++) {
    uint32_t u;
    std::memcpy(&u, values + i, 4);
    bad |= (u & 0x7f800000) == 0x7f800000;  // an exponent of ones: infinity or NaN
  }
  return !bad;
}

int64_t product(const std::vector<int64_t>& dims) {
  int64_t n = 1;
  for (int64_t d : dims) {
    if (d <= 0) fail("a dimension is zero or negative");
    if (n > INT64_MAX / 8 / d) fail("the shape is too large");
    n *= d;
  }
  return n;
}

void requireCount(const Buffer& buffer, const std::vector<int64_t>& dims, const char* what) {
  const int64_t expected = product(dims);
  if (int64_t(buffer.count) != expected) {
    fail(std::string(what) + " holds " + std::to_string(buffer.count) + " values but its shape needs " +
         std::to_string(expected));
  }
}

void requireF32(const Buffer& buffer, int64_t count, const char* what) {
  requireCount(buffer, {count}, what);
  if (buffer.type != Type::F32) fail(std::string(what) + " must be stored in f32");
}

Buffer* Args::optional(size_t i) const {
  if (!has(i)) return nullptr;
  Buffer* b = tensorIn(info_[i]);
  if (!b) fail("argument " + std::to_string(i) + " is not a native tensor");
  if (!b->block.data()) fail("a tensor passed in was already disposed");
  noteArgument(*b);
  return b;
}

Buffer& Args::buffer(size_t i) const {
  Buffer* b = optional(i);
  if (!b) fail("argument " + std::to_string(i) + " is not a native tensor");
  return *b;
}

std::vector<Buffer*> Args::buffers(size_t i) const {
  if (!info_[i].IsArray()) fail("argument " + std::to_string(i) + " is not a list of native tensors");
  const auto list = info_[i].As<Napi::Array>();
  std::vector<Buffer*> out;
  for (uint32_t k = 0; k < list.Length(); k++) {
    out.push_back(tensorIn(list[k]));
    if (!out.back()) fail("a list entry is not a native tensor");
    if (!out.back()->block.data()) fail("a tensor passed in was already disposed");
    noteArgument(*out.back());
  }
  return out;
}

std::vector<int64_t> Args::ints(size_t i, size_t expected) const {
  if (!info_[i].IsArray()) fail("argument " + std::to_string(i) + " is not a list of numbers");
  const auto list = info_[i].As<Napi::Array>();
  std::vector<int64_t> out(list.Length());
  for (uint32_t k = 0; k < list.Length(); k++) {
    const double v = Napi::Value(list[k]).As<Napi::Number>().DoubleValue();
    if (!(std::fabs(v) < 9e15) || v != std::floor(v)) fail("a size is not a whole number");
    out[k] = int64_t(v);
  }
  if (expected && out.size() != expected) fail("a kernel call has the wrong number of sizes");
  return out;
}

double Args::number(size_t i) const {
  if (!info_[i].IsNumber()) fail("argument " + std::to_string(i) + " is not a number");
  return info_[i].As<Napi::Number>().DoubleValue();
}

std::string Args::text(size_t i) const {
  if (!info_[i].IsString()) fail("argument " + std::to_string(i) + " is not a text");
  return info_[i].As<Napi::String>();
}

bool Args::has(size_t i) const { return !info_[i].IsUndefined() && !info_[i].IsNull(); }

static void* memoryOf(const Napi::TypedArray& array) {
  return static_cast<uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset();
}

void* Args::array(size_t i, napi_typedarray_type type, size_t& length) const {
  if (!info_[i].IsTypedArray()) fail("argument " + std::to_string(i) + " is not a typed array");
  const auto array = info_[i].As<Napi::TypedArray>();
  if (array.TypedArrayType() != type) fail("argument " + std::to_string(i) + " is an array of the wrong type");
  length = array.ElementLength();
  return memoryOf(array);
}

Values::Values(const Args& a, size_t i, size_t count, const char* what) {
  if (!a.info()[i].IsTypedArray()) fail(std::string(what) + ": values must be a typed array");
  const auto array = a.info()[i].As<Napi::TypedArray>();
  if (array.ElementLength() != count) fail(std::string(what) + ": the number of values differs from the buffer's");
  type = array.TypedArrayType();
  data = memoryOf(array);
}

template <class F>
static auto guarded(F f) {
  return [f](const Napi::CallbackInfo& info) -> Napi::Value {
    try {
      if constexpr (std::is_void_v<decltype(f(Args(info)))>) {
        f(Args(info));
        return info.Env().Undefined();
      } else {
        return f(Args(info));
      }
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::exception& e) {
      throw Napi::Error::New(info.Env(), inWords(e));
    }
  };
}

void addKernel(Napi::Env env, Napi::Object exports, const char* name, Kernel kernel) {
  exports.Set(name, Napi::Function::New(env, guarded(kernel), name));
}
void addAnswer(Napi::Env env, Napi::Object exports, const char* name, Answer answer) {
  exports.Set(name, Napi::Function::New(env, guarded(answer), name));
}
}  // namespace sky
