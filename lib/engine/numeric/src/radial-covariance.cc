// Covariances as functions of the squared distance, eight at a time.
#include "arguments.h"
#include "simd.h"
#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace {
inline v8 squareRoot(v8 x) {
#ifdef __AVX512F__
  return reinterpret_cast<v8>(_mm512_sqrt_pd(reinterpret_cast<__m512d>(x)));
#else
  for (int i = 0; i < 8; i++) x[i] = std::sqrt(x[i]);
  return x;
#endif
}

/** e^x for x <= 0, within 2 units in the last place: 2^n e^r, e^r as the Pade form of Moshier's Cephes. */
inline v8 exponential(v8 x) {
  const v8 magic = splat(6755399441055744.0);  // 1.5 2^52: adding it rounds to a whole number
  const v8 shifted = x * splat(1.4426950408889634) + magic, n = shifted - magic;
  const v8 r = x - n * splat(6.93145751953125e-1) - n * splat(1.42860682030941723212e-6), square = r * r;
  const v8 p =
      r * ((splat(1.26177193074810590878e-4) * square + splat(3.02994407707441961300e-2)) * square + splat(1.0));
  const v8 q = ((splat(3.00198505138664455042e-6) * square + splat(2.52448340349684104192e-3)) * square +
                splat(2.27265548208155028766e-1)) *
                   square +
               splat(2.0);
  const v8 value = splat(1.0) + splat(2.0) * p / (q - p);
  v8i bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  const v8i power = (bits + 1023) << 52;
  v8 scale;
  std::memcpy(&scale, &power, sizeof scale);
  const v8i kept = x > splat(-708.0);  // below, the result would be subnormal: 0
  v8i out;
  const v8 product = value * scale;
  std::memcpy(&out, &product, sizeof out);
  out &= kept;
  v8 result;
  std::memcpy(&result, &out, sizeof result);
  return result;
}

/**
 * radialCovariance(nu, lengthScale, squares, count, out, slope | null): Matern of nu 0.5, 1.5, 2.5; 0 means RBF. slope
 * is the derivative by ln lengthScale, which shares the exponential.
 */
void radialCovariance(const Napi::CallbackInfo& info) {
  const double nu = numberArgument(info, 0), length = numberArgument(info, 1);
  const size_t count = sizeArgument(info, 3);
  const double* squares = doubles(info, 2, count);
  double* out = doubles(info, 4, count);
  double* slope = info[5].IsNull() || info[5].IsUndefined() ? nullptr : doubles(info, 5, count);
  if (nu != 0 && nu != 0.5 && nu != 1.5 && nu != 2.5) throw wrong(info, 0, "0, 0.5, 1.5 or 2.5");
  const v8 one = splat(1), twoNu = splat(2 * nu), scale = splat(length), third = splat(1 / 3.0);
  const auto at = [=](const double* s, double* k, double* g) {
    if (nu == 0) {
      const v8 r2 = load8(s) / (scale * scale), value = exponential(splat(-0.5) * r2);
      store8(k, value);
      if (g) store8(g, r2 * value);
      return;
    }
    const v8 a = squareRoot(twoNu * load8(s)) / scale, decay = exponential(-a);
    store8(k, nu == 0.5 ? decay : nu == 1.5 ? (one + a) * decay : (one + a + a * a * third) * decay);
    if (g) store8(g, nu == 0.5 ? a * decay : nu == 1.5 ? a * a * decay : a * a * third * (one + a) * decay);
  };
#pragma omp parallel for schedule(static) if (count > 100000)
  for (long i = 0; i < static_cast<long>(count / 8 * 8); i += 8) at(squares + i, out + i, slope ? slope + i : nullptr);
  if (const size_t rest = count % 8) {
    const size_t from = count - rest;
    double s[8] = {}, k[8], g[8];
    std::memcpy(s, squares + from, rest * 8);
    at(s, k, slope ? g : nullptr);
    std::memcpy(out + from, k, rest * 8);
    if (slope) std::memcpy(slope + from, g, rest * 8);
  }
}
}  // namespace

void initRadialCovariance(Napi::Env env, Napi::Object exports) {
  exportFunction<radialCovariance>(env, exports, "radialCovariance");
}
