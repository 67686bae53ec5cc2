// One pass over the rows for a Gaussian mixture: responsibilities (E step) and their moments (M step), fused.
//
// ln w_ik = coefficient_k - 1/2 |F_k (x_i - m_k)|^2, F_k lower triangular with F^T F = Sigma^-1;
// r_ik = w_ik / sum_k w_ik; moments about c_k: N_k = sum_i r_ik, s_k = sum_i r_ik (x_i - c_k),
// S_k = sum_i r_ik (x_i - c_k)(x_i - c_k)^T. Nothing of size n is kept unless it is asked for.
// Rows are split into chunks whose number depends on the sizes alone, and the chunks are added in order: the
// result does not depend on the number of threads. The reference in TypeScript: lib/models/mixture-pass.ts.
#include <atomic>
#include <exception>
#include <limits>
#include <vector>

#include "arguments.h"
#include "mixture-moments.h"

namespace {
using namespace mixture;

/** As in the reference: a responsibility below 1e-20 adds nothing to the moments. */
const double NEGLIGIBLE = std::log(1e-20);

/** e^x for x <= 0, to about one unit in the last place; 0 below -708. */
inline v8 expNegative(v8 x) {
  const v8 magic = splat(6755399441055744.0), low = splat(-708.0);
  const v8 bounded = x < low ? low : x;
  const v8 shifted = bounded * 1.4426950408889634 + magic;
  const v8 whole = shifted - magic;
  const v8 r = (bounded - whole * 0.693147180369123816490) - whole * 1.90821492927058770002e-10;
  v8 p = splat(1.0 / 6227020800.0);
  for (const double c : {1.0 / 479001600.0, 1.0 / 39916800.0, 1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0,
                         1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0})
    p = p * r + c;
  v8i bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << 52) + (1023LL << 52);
  v8 power;
  std::memcpy(&power, &bits, sizeof power);
  return x < low ? splat(0.0) : p * power;
}

enum Mode { EXPECTATION = 0, GIVEN_RESPONSIBILITIES = 1, GIVEN_LABELS = 2 };

struct Outputs {
  double *counts = nullptr, *sums = nullptr, *seconds = nullptr;  // [k], [k, d], [k, d, d]
  double* totals;                                                 // sum r ln r, sum ln sum_k w
  double* responsibilities = nullptr;
  int32_t* labels = nullptr;
};

/** Responsibilities of up to 32 rows into r[k][32]; adds to `totals` the terms of the first `count` rows. */
void expectation(const Model& model, const double* rows, size_t count, double* difference, double* r, double* logRatio,
                 int32_t* best, double* totals) {
  v8 highest[VECTORS], sum[VECTORS];
  v8i index[VECTORS];
  for (size_t k = 0; k < model.k; k++) {
    v8 q[VECTORS];
    mahalanobis(model, k, rows, difference, q);
    for (size_t v = 0; v < VECTORS; v++) {
      const v8 log = model.coefficients[k] - 0.5 * q[v];
      store8(logRatio + k * LANES + v * 8, log);
      if (k == 0) {
        highest[v] = log;
        index[v] = v8i{};
      } else {
        const v8i more = log > highest[v];
        index[v] = more ? v8i{} + static_cast<long long>(k) : index[v];
        highest[v] = more ? log : highest[v];
      }
    }
  }
  for (size_t v = 0; v < VECTORS; v++) sum[v] = splat(0);
  for (size_t k = 0; k < model.k; k++)
    for (size_t v = 0; v < VECTORS; v++) sum[v] += expNegative(load8(logRatio + k * LANES + v * 8) - highest[v]);
  v8 logSum[VECTORS];
  for (size_t i = 0; i < LANES; i++) {
    logSum[i / 8][i % 8] = highest[i / 8][i % 8] + std::log(sum[i / 8][i % 8]);
    best[i] = static_cast<int32_t>(index[i / 8][i % 8]);
    if (i < count) totals[1] += logSum[i / 8][i % 8];
  }
  v8 entropy[VECTORS] = {};
  for (size_t k = 0; k < model.k; k++)
    for (size_t v = 0; v < VECTORS; v++) {
      const v8 log = load8(logRatio + k * LANES + v * 8) - logSum[v];
      // A row's best ratio can exceed 0 by rounding.
      const v8 p = expNegative(log > 0.0 ? splat(0) : log);
      store8(logRatio + k * LANES + v * 8, log);
      store8(r + k * LANES + v * 8, p);
      entropy[v] += p * log;
    }
  for (size_t i = 0; i < count; i++) totals[0] += entropy[i / 8][i % 8];
}

template <class T>
void passOver(const T* x, size_t n, const Model& model, Mode mode, const double* given, const int32_t* labels,
              const Outputs& out) {
  const size_t d = model.d, k = model.k, width = model.width, momentSize = Moments::size(model);
  const bool moments = out.counts != nullptr;
  size_t chunks = std::max<size_t>(1, (n + 1023) / 1024);
  if (chunks > 16) chunks = std::min<size_t>(64, chunks / 16 * 16);
  if (moments) chunks = std::max<size_t>(1, std::min(chunks, (size_t{1} << 25) / momentSize));
  const size_t rows = (n + chunks - 1) / chunks;
  Scratch partial(moments ? chunks * momentSize : 1);
  std::vector<double> totals(chunks * 2, 0.0);
  std::atomic<bool> failed{false};
#pragma omp parallel
  try {
    Scratch transposed(d * LANES), difference(d * LANES), block(LANES * width), r(k * LANES), logRatio(k * LANES);
    std::vector<int32_t> best(LANES);
    std::unique_ptr<Moments> sums(moments ? new Moments(model) : nullptr);
    std::fill(block + 0, block + LANES * width, 0.0);
#pragma omp for schedule(dynamic)
    for (long c = 0; c < static_cast<long>(chunks); c++) {
      const size_t from = c * rows, to = std::min(n, from + rows);
      if (moments) sums->into(partial + c * momentSize);
      for (size_t i0 = from; i0 < to; i0 += LANES) {
        const size_t count = std::min(LANES, to - i0);
        for (size_t i = 0; i < count; i++)
          for (size_t j = 0; j < d; j++) block[i * width + j] = x[(i0 + i) * d + j];
        if (mode == EXPECTATION) {
          for (size_t j = 0; j < d; j++)
            for (size_t i = 0; i < LANES; i++) transposed[j * LANES + i] = block[(i < count ? i : 0) * width + j];
          expectation(model, transposed, count, difference, r, logRatio, best.data(), &totals[c * 2]);
          for (size_t i = 0; i < count; i++) {
            if (out.labels) out.labels[i0 + i] = best[i];
            if (out.responsibilities)
              for (size_t q = 0; q < k; q++) out.responsibilities[(i0 + i) * k + q] = r[q * LANES + i];
          }
          if (moments)
            for (size_t q = 0; q < k; q++)
              for (size_t i = 0; i < count; i++)
                if (logRatio[q * LANES + i] > NEGLIGIBLE) sums->add(q, r[q * LANES + i], block + i * width);
        } else {
          for (size_t i = 0; i < count; i++)
            if (mode == GIVEN_LABELS) sums->add(labels[i0 + i], 1, block + i * width);
            else
              for (size_t q = 0; q < k; q++)
                if (given[(i0 + i) * k + q] > 0) sums->add(q, given[(i0 + i) * k + q], block + i * width);
        }
      }
      if (moments) sums->flushAll();
    }
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  if (failed) throw std::bad_alloc();

  out.totals[0] = out.totals[1] = 0;
  for (size_t c = 0; c < chunks; c++)
    for (size_t i = 0; i < 2; i++) out.totals[i] += totals[c * 2 + i];
  if (!moments) return;
#pragma omp parallel for schedule(static)
  for (long q = 0; q < static_cast<long>(k); q++) {
    const size_t sumAt = roundUp(k, 8) + q * width, secondAt = roundUp(k, 8) + k * width + q * d * width;
    const auto total = [&](size_t at) {
      double s = 0;
      for (size_t c = 0; c < chunks; c++) s += partial[c * momentSize + at];
      return s;
    };
    out.counts[q] = total(q);
    for (size_t i = 0; i < d; i++) {
      out.sums[q * d + i] = total(sumAt + i);
      for (size_t j = 0; j <= i; j++)
        out.seconds[(q * d + i) * d + j] = out.seconds[(q * d + j) * d + i] = total(secondAt + i * width + j);
    }
  }
}

/** A model whose moments are taken about `centres` [k, d]. */
std::vector<double> padded(const Model& model, const double* centres) {
  std::vector<double> out(model.k * model.width, 0.0);
  for (size_t q = 0; q < model.k; q++)
    std::copy(centres + q * model.d, centres + (q + 1) * model.d, &out[q * model.width]);
  return out;
}

bool missing(const Napi::Value& value) { return value.IsNull() || value.IsUndefined(); }

/** mixtureExpectation(x, n, d, k, means, factors, coefficients, totals, counts, sums, seconds, resp, labels) */
void mixtureExpectation(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2), k = sizeArgument(info, 3);
  Model model(d, k);
  model.means = doubles(info, 4, k * d);
  model.pack(doubles(info, 5, k * d * d));
  model.coefficients = doubles(info, 6, k);
  const std::vector<double> centres = padded(model, model.means);
  model.centres = centres.data();
  Outputs out;
  out.totals = doubles(info, 7, 2);
  if (!missing(info[8])) {
    out.counts = doubles(info, 8, k);
    out.sums = doubles(info, 9, k * d);
    out.seconds = doubles(info, 10, k * d * d);
  }
  if (!missing(info[11])) out.responsibilities = doubles(info, 11, n * k);
  if (!missing(info[12])) out.labels = ints(info, 12, n);
  withReals(info, 0, n * d, [&](auto* x) { passOver(x, n, model, EXPECTATION, nullptr, nullptr, out); });
}

/** mixtureMoments(x, n, d, k, responsibilities or labels, centres, counts, sums, seconds) */
void mixtureMoments(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), d = sizeArgument(info, 2), k = sizeArgument(info, 3);
  Model model(d, k);
  const std::vector<double> centres = padded(model, doubles(info, 5, k * d));
  model.centres = centres.data();
  const bool labelled = info[4].IsTypedArray() && info[4].As<Napi::TypedArray>().TypedArrayType() == napi_int32_array;
  const int32_t* labels = labelled ? ints(info, 4, n) : nullptr;
  const double* given = labelled ? nullptr : doubles(info, 4, n * k);
  for (size_t i = 0; labelled && i < n; i++)
    if (labels[i] < 0 || static_cast<size_t>(labels[i]) >= k) throw wrong(info, 4, "labels in [0, k)");
  double totals[2];
  Outputs out;
  out.totals = totals;
  out.counts = doubles(info, 6, k);
  out.sums = doubles(info, 7, k * d);
  out.seconds = doubles(info, 8, k * d * d);
  withReals(info, 0, n * d, [&](auto* x) {
    passOver(x, n, model, labelled ? GIVEN_LABELS : GIVEN_RESPONSIBILITIES, given, labels, out);
  });
}
}  // namespace

void initMixture(Napi::Env env, Napi::Object exports) {
  exportFunction<mixtureExpectation>(env, exports, "mixtureExpectation");
  exportFunction<mixtureMoments>(env, exports, "mixtureMoments");
}
