// Minimal filtering of Lavin & Gray 2016 (arXiv:1509.09308), one dimension at a time, for sixteen channels at once.
//
// `out` values of a result are y = A^T ((G g) * (B^T d)) for a filter g of three and `in` = out + 2 values d of the
// source; in two dimensions every matrix is applied to rows and columns. The gradients are the same products transposed.
#pragma once
#include "lanes.h"

namespace sky::winograd {
// F(4 x 4, 3 x 3). The points of interpolation are 0, a, -a, b, -b and infinity with a^2 = 1/2 and b^2 = 2, in place of
// the paper's 1 and 2: half its rounding error in f32, as the terms are closer to each other in size (Barabasz et al.
// 2020, arXiv:1803.10986).
struct Four {
  static constexpr int64_t out = 4, in = 6, points = in * in;
  static constexpr float a = 0.70710678118654752f, b = 1.41421356237309505f;
  // The factors of G's rows: 1 / (2 a^2 (a^2 - b^2)) and 1 / (2 b^2 (b^2 - a^2)).
  static constexpr float ofA = -2 / 3.f, ofB = 1 / 6.f;

  // The points a, -a, b and -b of sums over even and odd places.
  static void spread(Lanes even, Lanes odd, Lanes evenB, Lanes oddB, Lanes* at) {
    at[1] = even + odd;
    at[2] = even - odd;
    at[3] = evenB + oddB;
    at[4] = evenB - oddB;
  }

  struct Source {  // B^T
    static constexpr int from = 6, to = 6;
    static void apply(const Lanes* d, Lanes* v) {
      const Lanes even = d[4] - 2 * d[2], odd = a * (d[3] - 2 * d[1]);
      const Lanes evenB = d[4] - .5f * d[2], oddB = b * (d[3] - .5f * d[1]);
      v[0] = d[0] - 2.5f * d[2] + d[4];
      spread(even, odd, evenB, oddB, v);
      v[5] = d[1] - 2.5f * d[3] + d[5];
    }
  };

  struct Filter {  // G
    static constexpr int from = 3, to = 6;
    static void apply(const Lanes* g, Lanes* u) {
      const Lanes even = ofA * g[0] + .5f * ofA * g[2], odd = a * ofA * g[1];
      const Lanes evenB = ofB * g[0] + 2 * ofB * g[2], oddB = b * ofB * g[1];
      u[0] = g[0];
      spread(even, odd, evenB, oddB, u);
      u[5] = g[2];
    }
  };

  struct Result {  // A^T
    static constexpr int from = 6, to = 4;
    static void apply(const Lanes* m, Lanes* y) {
      const Lanes even = m[1] + m[2], odd = a * (m[1] - m[2]), evenB = m[3] + m[4], oddB = b * (m[3] - m[4]);
      y[0] = m[0] + even + evenB;
      y[1] = odd + oddB;
      y[2] = .5f * even + 2 * evenB;
      y[3] = .5f * odd + 2 * oddB + m[5];
    }
  };

  struct ResultGradient {  // A
    static constexpr int from = 4, to = 6;
    static void apply(const Lanes* y, Lanes* m) {
      const Lanes even = y[0] + .5f * y[2], odd = a * (y[1] + .5f * y[3]);
      const Lanes evenB = y[0] + 2 * y[2], oddB = b * (y[1] + 2 * y[3]);
      m[0] = y[0];
      spread(even, odd, evenB, oddB, m);
      m[5] = y[3];
    }
  };

  struct FilterGradient {  // G^T
    static constexpr int from = 6, to = 3;
    static void apply(const Lanes* u, Lanes* g) {
      const Lanes even = ofA * (u[1] + u[2]), evenB = ofB * (u[3] + u[4]);
      g[0] = u[0] + even + evenB;
      g[1] = a * ofA * (u[1] - u[2]) + b * ofB * (u[3] - u[4]);
      g[2] = .5f * even + 2 * evenB + u[5];
    }
  };
};

// A point p of interpolation beside -p, of the squares of two others, q and r, sum and product, and what divides G's rows.
struct Point {
  float p, square, sum, product, factor;
  constexpr Point(double p, double q, double r)
      : p(float(p)),
        square(float(p * p)),
        sum(float(q * q + r * r)),
        product(float(q * q * r * r)),
        factor(float(1 / (2 * p * (p * p - q * q) * (p * p - r * r)))) {}
};

// F(5 x 5, 3 x 3): where sides are fives or a little less, as a network's last layers have them, F(4 x 4) computes a
// half more or twice as much. The points are a, -a, b, -b, c, -c and infinity, found by search for the least rounding
// error in f32: 1.7 times that of Four, 0.85 times that of the usual F(4 x 4) with the points 0, 1, -1, 2 and -2.
struct Five {
  static constexpr int64_t out = 5, in = 7, points = in * in;
  static constexpr float a = 5 / 16.f, b = 13 / 16.f, c = 7 / 4.f;
  static constexpr Point at[3] = {{a, b, c}, {b, a, c}, {c, a, b}};

  struct Source {  // B^T
    static constexpr int from = 7, to = 7;
    static void apply(const Lanes* d, Lanes* v) {
#pragma GCC unroll 3
      for (int k = 0; k < 3; k++) {
        const Lanes even = at[k].p * (d[4] - at[k].sum * d[2] + at[k].product * d[0]);
        const Lanes odd = d[5] - at[k].sum * d[3] + at[k].product * d[1];
        v[2 * k] = odd + even;
        v[2 * k + 1] = odd - even;
      }
      constexpr float sum = a * a + b * b + c * c, product = a * a * b * b * c * c;
      constexpr float pairs = a * a * b * b + a * a * c * c + b * b * c * c;
      v[6] = d[6] - sum * d[4] + pairs * d[2] - product * d[0];
    }
  };

  struct Filter {  // G
    static constexpr int from = 3, to = 7;
    static void apply(const Lanes* g, Lanes* u) {
#pragma GCC unroll 3
      for (int k = 0; k < 3; k++) {
        const Lanes even = at[k].factor * g[0] + at[k].factor * at[k].square * g[2];
        const Lanes odd = at[k].factor * at[k].p * g[1];
        u[2 * k] = odd + even;
        u[2 * k + 1] = odd - even;
      }
      u[6] = g[2];
    }
  };

  struct Result {  // A^T
    static constexpr int from = 7, to = 5;
    static void apply(const Lanes* m, Lanes* y) {
      Lanes even = m[0] + m[1], odd = at[0].p * (m[0] - m[1]);
      y[0] = even, y[1] = odd;
      y[2] = at[0].square * even, y[3] = at[0].square * odd;
      y[4] = at[0].square * at[0].square * even + m[6];
#pragma GCC unroll 2
      for (int k = 1; k < 3; k++) {
        even = m[2 * k] + m[2 * k + 1], odd = at[k].p * (m[2 * k] - m[2 * k + 1]);
        y[0] += even, y[1] += odd;
        y[2] += at[k].square * even, y[3] += at[k].square * odd;
        y[4] += at[k].square * at[k].square * even;
      }
    }
  };

  struct ResultGradient {  // A
    static constexpr int from = 5, to = 7;
    static void apply(const Lanes* y, Lanes* m) {
#pragma GCC unroll 3
      for (int k = 0; k < 3; k++) {
        const Lanes even = y[0] + at[k].square * (y[2] + at[k].square * y[4]);
        const Lanes odd = at[k].p * (y[1] + at[k].square * y[3]);
        m[2 * k] = even + odd;
        m[2 * k + 1] = even - odd;
      }
      m[6] = y[4];
    }
  };

  struct FilterGradient {  // G^T
    static constexpr int from = 7, to = 3;
    static void apply(const Lanes* u, Lanes* g) {
      g[0] = Lanes{}, g[1] = Lanes{}, g[2] = u[6];
#pragma GCC unroll 3
      for (int k = 0; k < 3; k++) {
        const Lanes even = at[k].factor * (u[2 * k] - u[2 * k + 1]);
        g[0] += even;
        g[1] += at[k].factor * at[k].p * (u[2 * k] + u[2 * k + 1]);
        g[2] += at[k].square * even;
      }
    }
  };
};

// F(2 x 2, 3 x 3) with the points 0, 1, -1 and infinity: sums of few terms, which bear to be rounded to bf16.
struct Two {
  static constexpr int64_t out = 2, in = 4, points = in * in;

  struct Source {  // B^T
    static constexpr int from = 4, to = 4;
    static void apply(const Lanes* d, Lanes* v) {
      v[0] = d[0] - d[2];
      v[1] = d[1] + d[2];
      v[2] = d[2] - d[1];
      v[3] = d[1] - d[3];
    }
  };

  struct Filter {  // G
    static constexpr int from = 3, to = 4;
    static void apply(const Lanes* g, Lanes* u) {
      const Lanes even = .5f * (g[0] + g[2]), odd = .5f * g[1];
      u[0] = g[0];
      u[1] = even + odd;
      u[2] = even - odd;
      u[3] = g[2];
    }
  };

  struct Result {  // A^T
    static constexpr int from = 4, to = 2;
    static void apply(const Lanes* m, Lanes* y) {
      y[0] = m[0] + m[1] + m[2];
      y[1] = m[1] - m[2] - m[3];
    }
  };

  struct ResultGradient {  // A
    static constexpr int from = 2, to = 4;
    static void apply(const Lanes* y, Lanes* m) {
      m[0] = y[0];
      m[1] = y[0] + y[1];
      m[2] = y[0] - y[1];
      m[3] = -y[1];
    }
  };

  struct FilterGradient {  // G^T
    static constexpr int from = 4, to = 3;
    static void apply(const Lanes* u, Lanes* g) {
      const Lanes even = .5f * (u[1] + u[2]), odd = .5f * (u[1] - u[2]);
      g[0] = u[0] + even;
      g[1] = odd;
      g[2] = even + u[3];
    }
  };
};

// Applies M to the columns and the rows of a square: read(row, column) -> Lanes, write(row, column, Lanes).
template <class M, class Read, class Write>
inline __attribute__((always_inline)) void transform(const Read& read, const Write& write) {
  Lanes half[M::from][M::to];
  for (int column = 0; column < M::from; column++) {
    Lanes in[M::from];
    for (int row = 0; row < M::from; row++) in[row] = read(row, column);
    M::apply(in, half[column]);
  }
  for (int row = 0; row < M::to; row++) {
    Lanes in[M::from], out[M::to];
    for (int column = 0; column < M::from; column++) in[column] = half[column][row];
    M::apply(in, out);
    for (int column = 0; column < M::to; column++) write(row, column, out[column]);
  }
}
}  // namespace sky::winograd
