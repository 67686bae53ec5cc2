// Threads, the mark of this addon's tensors and the list of kernel families. The TypeScript side is native/native.ts.
#include "common.h"

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

const napi_type_tag kTensor = {0x6c6174656e74736b, 0x6f6e65646e6e2d74};

void noteArgument(Buffer&) {}

std::string inWords(const std::exception& error) {
  return (dynamic_cast<const dnnl::error*>(&error) ? "oneDNN: " : "") + std::string(error.what());
}

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
