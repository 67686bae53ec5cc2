// cholesky: A = L L^T. symmetricEigen: A = V diag(w) V^T by Householder tridiagonalisation and implicit QL.
#include <numeric>

#include "gemm.h"

namespace {
double dot(const double* x, const double* y, size_t n) {
  v8 acc = {};
  size_t i = 0;
  for (; i + 8 <= n; i += 8) acc += load8(x + i) * load8(y + i);
  double sum = sum8(acc);
  for (; i < n; i++) sum += x[i] * y[i];
  return sum;
}

/** cholesky(a, n): the lower triangle of `a` becomes L, the upper zero. Blocked, right-looking. */
void cholesky(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), block = 64;
  double* a = doubles(info, 0, n * n);
  for (size_t k0 = 0; k0 < n; k0 += block) {
    const size_t k1 = std::min(n, k0 + block);
    for (size_t j = k0; j < k1; j++) {
      double* row = a + j * n;
      for (size_t c = k0; c <= j; c++) {
        const double sum = row[c] - dot(row + k0, a + c * n + k0, c - k0);
        if (c < j) {
          row[c] = sum / a[c * n + c];
        } else {
          if (!(sum > 0))
            throw Napi::Error::New(info.Env(), "The matrix is not positive definite (pivot " + std::to_string(sum) +
                                                   " at row " + std::to_string(j) + ").");
          row[c] = std::sqrt(sum);
        }
      }
    }
#pragma omp parallel for schedule(static) if (n > 256)
    for (long i = k1; i < static_cast<long>(n); i++)
      for (size_t c = k0; c < k1; c++)
        a[i * n + c] = (a[i * n + c] - dot(a + i * n + k0, a + c * n + k0, c - k0)) / a[c * n + c];
    const size_t rest = n - k1;
    if (rest == 0) break;
    const double* panel = a + k1 * n + k0;
    gemm::accumulate(
        rest, rest, k1 - k0, [=](size_t i, size_t p) { return panel[i * n + p]; },
        [=](size_t p, size_t j) { return panel[j * n + p]; }, a + k1 * n + k1, n, true, -1);
  }
  for (size_t i = 0; i < n; i++) std::fill(a + i * n + i + 1, a + (i + 1) * n, 0.0);
}

/**
 * A -> tridiagonal (diagonal d, below it e[i] = T[i + 1, i]) with reflectors H_k = I - tau_k v_k v_k^T; v_k is
 * left in row k of `a`, columns k + 1 onwards.
 */
void tridiagonalise(double* a, size_t n, double* d, double* e, double* tau) {
  std::vector<double> p(n);
  for (size_t k = 0; k + 1 < n; k++) {
    double* v = a + k * n + k + 1;
    const size_t m = n - k - 1;
    d[k] = a[k * n + k];
    double scale = 0;
    for (size_t i = 0; i < m; i++) scale = std::max(scale, std::abs(v[i]));
    tau[k] = 0;
    e[k] = v[0];
    double tail = 0;
    for (size_t i = 1; i < m; i++) tail = std::max(tail, std::abs(v[i]));
    if (tail == 0) continue;
    for (size_t i = 0; i < m; i++) v[i] /= scale;
    const double norm = std::sqrt(dot(v, v, m)), head = v[0] > 0 ? -norm : norm;
    e[k] = head * scale;
    v[0] -= head;
    tau[k] = 2 / dot(v, v, m);
    double* rest = a + (k + 1) * n + k + 1;
    const bool wide = m > 96;
#pragma omp parallel for schedule(static) if (wide)
    for (long i = 0; i < static_cast<long>(m); i++) p[i] = tau[k] * dot(rest + i * n, v, m);
    const double half = tau[k] / 2 * dot(p.data(), v, m);
    for (size_t i = 0; i < m; i++) p[i] -= half * v[i];
#pragma omp parallel for schedule(static) if (wide)
    for (long i = 0; i < static_cast<long>(m); i++) {
      double* row = rest + i * n;
      const double vi = v[i], pi = p[i];
      for (size_t j = 0; j < m; j++) row[j] -= vi * p[j] + pi * v[j];
    }
  }
  if (n > 0) d[n - 1] = a[n * n - 1];
}

struct Rotation {
  unsigned row;
  double c, s;
};

/**
 * Implicit QL with Wilkinson's shift on (d, e); every plane rotation (row, row + 1) is recorded in order. An entry of e
 * is zero once it is rounding noise of the whole matrix, as in EISPACK's tql2: beside its neighbours alone it never
 * would be where many eigenvalues are zero (fewer rows than columns), which are noise themselves.
 */
bool implicitQl(double* d, double* e, size_t n, std::vector<Rotation>& rotations) {
  double largest = 0;
  for (size_t i = 0; i < n; i++) largest = std::max(largest, std::abs(d[i]) + std::abs(e[i]));
  for (size_t l = 0; l < n; l++)
    for (int sweep = 0;; sweep++) {
      size_t m = l;
      for (; m + 1 < n; m++)
        if (std::abs(e[m]) <= 2.3e-16 * largest) break;
      if (m == l) break;
      if (sweep == 60) return false;
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
      double s = 1, c = 1, p = 0;
      bool underflow = false;
      for (size_t i = m; i-- > l;) {
        const double f = s * e[i], b = c * e[i], r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
          d[i + 1] -= p;
          e[m] = 0;
          underflow = true;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotations.push_back({static_cast<unsigned>(i), c, s});
      }
      if (underflow) continue;
      d[l] -= p;
      e[l] = g;
      e[m] = 0;
    }
  return true;
}

/** symmetricEigen(a, n, k, values, vectors): descending; `vectors` k x n, one eigenvector a row; `a` overwritten. */
void symmetricEigen(const Napi::CallbackInfo& info) {
  const size_t n = sizeArgument(info, 1), k = sizeArgument(info, 2);
  double *a = doubles(info, 0, n * n), *values = doubles(info, 3, n), *vectors = doubles(info, 4, k * n);
  if (k > n) throw wrong(info, 2, "at most n");
  std::vector<double> d(n), e(n, 0.0), tau(n, 0.0);
  std::vector<Rotation> rotations;
  tridiagonalise(a, n, d.data(), e.data(), tau.data());
  if (!implicitQl(d.data(), e.data(), n, rotations))
    throw Napi::Error::New(info.Env(), "The eigenvalues did not converge: the matrix holds NaN or infinity.");

  // Z^T starts as the identity; each strip of columns takes all rotations while it sits in the cache.
  Scratch z(n * n);
  const size_t strip = 32;
#pragma omp parallel for schedule(dynamic)
  for (long s = 0; s < static_cast<long>((n + strip - 1) / strip); s++) {
    const size_t j0 = s * strip, width = std::min(strip, n - j0);
    for (size_t i = 0; i < n; i++)
      for (size_t j = j0; j < j0 + width; j++) z[i * n + j] = i == j;
    for (const Rotation& r : rotations) {
      double *low = z + r.row * n + j0, *high = low + n;
      for (size_t j = 0; j < width; j++) {
        const double x = low[j], y = high[j];
        high[j] = r.s * x + r.c * y;
        low[j] = r.c * x - r.s * y;
      }
    }
  }
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return d[i] > d[j]; });
  for (size_t i = 0; i < n; i++) values[i] = d[order[i]];
#pragma omp parallel for schedule(static)
  for (long r = 0; r < static_cast<long>(k); r++) {
    double* x = vectors + r * n;
    std::copy(z + order[r] * n, z + (order[r] + 1) * n, x);
    for (size_t q = n; q-- > 0;) {
      if (tau[q] == 0) continue;
      const double* v = a + q * n + q + 1;
      const double f = tau[q] * dot(v, x + q + 1, n - q - 1);
      for (size_t i = 0; i < n - q - 1; i++) x[q + 1 + i] -= f * v[i];
    }
  }
}
}  // namespace

void initLinearAlgebra(Napi::Env env, Napi::Object exports) {
  exportFunction<cholesky>(env, exports, "cholesky");
  exportFunction<symmetricEigen>(env, exports, "symmetricEigen");
}
