// Argument checks, threads and the list of kernel families. The TypeScript side is native.ts.
#include "common.h"

#include <cmath>

#ifdef __APPLE__
#include <dispatch/dispatch.h>
#include <unistd.h>
#else
// libgomp's own entry point: oneDNN runs on libgomp, and calling it directly shares that one pool of threads
// whatever the compiler of this file understands of OpenMP.
extern "C" {
void GOMP_parallel(void (*fn)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int);
}
#endif

namespace sky {

void fail(const std::string& message) { throw std::runtime_error(message); }

#ifdef __APPLE__
// Apple's compiler has no OpenMP; its system has a pool of threads.
static int threadCount = int(sysconf(_SC_NPROCESSORS_ONLN));
int threads() { return threadCount; }
void setThreads(int n) { threadCount = n; }

void parallelRun(void (*body)(void*, int, int), void* context) {
  struct Job {
    void (*body)(void*, int, int);
    void* context;
    int count;
  } job{body, context, threadCount};
  dispatch_apply_f(size_t(threadCount), DISPATCH_APPLY_AUTO, &job, [](void* p, size_t i) {
    const auto* j = static_cast<Job*>(p);
    j->body(j->context, int(i), j->count);
  });
}
#else
int threads() { return omp_get_max_threads(); }
void setThreads(int n) { omp_set_num_threads(n); }

void parallelRun(void (*body)(void*, int, int), void* context) {
  struct Job {
    void (*body)(void*, int, int);
    void* context;
  } job{body, context};
  GOMP_parallel(
      [](void* p) {
        const auto* j = static_cast<Job*>(p);
        j->body(j->context, omp_get_thread_num(), omp_get_num_threads());
      },
      &job, 0, 0);
}
#endif

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

Buffer* Args::optional(size_t i) const {
  if (!has(i)) return nullptr;
  Buffer* b = tensorIn(info_[i]);
  if (!b) fail("argument " + std::to_string(i) + " is not a native tensor");
  if (!b->block.data()) fail("a tensor passed in was already disposed");
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

bool Args::has(size_t i) const { return !info_[i].IsUndefined() && !info_[i].IsNull(); }

std::vector<float> Args::floats(size_t i) const {
  if (!info_[i].IsTypedArray() || info_[i].As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    fail("argument " + std::to_string(i) + " is not a Float32Array");
  }
  const auto array = info_[i].As<Napi::Float32Array>();
  return std::vector<float>(array.Data(), array.Data() + array.ElementLength());
}

void addKernel(Napi::Env env, Napi::Object exports, const char* name, Kernel kernel) {
  auto call = [kernel](const Napi::CallbackInfo& info) -> Napi::Value {
    try {
      kernel(Args(info));
    } catch (const dnnl::error& e) {
      throw Napi::Error::New(info.Env(), std::string("oneDNN: ") + e.what());
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::exception& e) {
      throw Napi::Error::New(info.Env(), e.what());
    }
    return info.Env().Undefined();
  };
  exports.Set(name, Napi::Function::New(env, call, name));
}

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "setThreads", [](const Args& a) {
    const double n = a.number(0);
    // OpenMP ends the process where it cannot start as many as it was told.
    if (!(n >= 1 && n <= 4096)) fail("threads must be from 1 to 4096");
    setThreads(int(n));
  });
  const dnnl_version_t* v = dnnl_version();
  exports.Set("version", std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch));
  addMemory(env, exports);
  addConv(env, exports);
  addMatMul(env, exports);
  addBatchNorm(env, exports);
  addPooling(env, exports);
  addElementwise(env, exports);
  addReduce(env, exports);
  addCopy(env, exports);
  addAugment(env, exports);
  addOptimizer(env, exports);
  return exports;
}
}  // namespace sky

static Napi::Object InitModule(Napi::Env env, Napi::Object exports) { return sky::init(env, exports); }
NODE_API_MODULE(latent_sky_onednn, InitModule)
