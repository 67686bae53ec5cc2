// The native half of lib/models (f64 hot loops) and of preprocessing (boxes, resizing). Each source file registers its
// functions through one init function.
#include "arguments.h"
#include "simd.h"

void initMatrixProduct(Napi::Env env, Napi::Object exports);
void initLanczos(Napi::Env env, Napi::Object exports);
void initLinearAlgebra(Napi::Env env, Napi::Object exports);
void initMixture(Napi::Env env, Napi::Object exports);
void initKMeans(Napi::Env env, Napi::Object exports);
void initDensity(Napi::Env env, Napi::Object exports);
void initIndexedDistances(Napi::Env env, Napi::Object exports);
void initNearestNeighbours(Napi::Env env, Napi::Object exports);
void initRadialCovariance(Napi::Env env, Napi::Object exports);
void initSourceBox(Napi::Env env, Napi::Object exports);
void initTriangular(Napi::Env env, Napi::Object exports);
void initUmapLayout(Napi::Env env, Napi::Object exports);

namespace {
/** threads(n): how many threads the loops use from now on; 0 leaves it as it is. Returns the number in use. */
Napi::Value threads(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 0);
  if (n > 0) omp_set_num_threads(static_cast<int>(n));
  return Napi::Number::New(info.Env(), omp_get_max_threads());
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("threads", Napi::Function::New(env, threads, "threads"));
  initMatrixProduct(env, exports);
  initLanczos(env, exports);
  initLinearAlgebra(env, exports);
  initMixture(env, exports);
  initKMeans(env, exports);
  initDensity(env, exports);
  initIndexedDistances(env, exports);
  initNearestNeighbours(env, exports);
  initRadialCovariance(env, exports);
  initSourceBox(env, exports);
  initTriangular(env, exports);
  initUmapLayout(env, exports);
  return exports;
}
}  // namespace

NODE_API_MODULE(numeric, init)
