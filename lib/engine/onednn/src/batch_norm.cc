// Training batch normalisation with fused residual and ReLU, forward and backward; inference batch normalisation.
//
// x is a matrix [rows, channels]. These loops are bound by memory: the forward pass reads x twice and writes y once,
// the backward pass recomputes the ReLU mask from x where there is no residual, so it never reads y.
#include <algorithm>
#include <cmath>

#include "calls.h"
#include "lanes.h"

namespace sky {
namespace {

// Two sums per channel of what `row(i, a, b)` adds up, over all rows. Each thread gathers a short run of rows in f32
// and moves it to f64, which keeps the result near f64 accuracy at f32 speed.
template <class F>
void columnSums(int64_t rows, int64_t channels, std::vector<double>& first, std::vector<double>& second, const F& run) {
  const int parts = threads();
  std::vector<double> partial(size_t(parts) * 2 * channels, 0.0);
  parallelFor(rows, std::max<int64_t>(1, 8192 / channels), [&](int64_t begin, int64_t end, int thread) {
    std::vector<float> a(channels), b(channels);
    double* sums = &partial[size_t(thread) * 2 * channels];
    constexpr int64_t kRun = 32;
    for (int64_t i = begin; i < end; i += kRun) {
      std::fill(a.begin(), a.end(), 0.f);
      std::fill(b.begin(), b.end(), 0.f);
      run(i, std::min(end, i + kRun), a.data(), b.data());
      for (int64_t c = 0; c < channels; c++) {
        sums[c] += a[c];
        sums[channels + c] += b[c];
      }
    }
  });
  first.assign(channels, 0.0);
  second.assign(channels, 0.0);
  for (int t = 0; t < parts; t++) {
    for (int64_t c = 0; c < channels; c++) {
      first[c] += partial[(size_t(t) * 2) * channels + c];
      second[c] += partial[(size_t(t) * 2 + 1) * channels + c];
    }
  }
}

// y = relu?(x * scale + shift + residual?)
template <class T>
void affine(const T* x, const T* residual, T* y, int64_t rows, int64_t channels, const float* scale, const float* shift,
            bool relu) {
  const Lanes floor = lanes(relu ? 0.f : -INFINITY);
  parallelFor(rows, std::max<int64_t>(1, 8192 / channels), [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; i++) {
      const T *xi = x + i * channels, *ri = residual ? residual + i * channels : nullptr;
      T* yi = y + i * channels;
      for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t n = channels - c;
        Lanes v = loadLanes(xi + c, n) * loadLanes(scale + c, n) + loadLanes(shift + c, n);
        if (ri) v += loadLanes(ri + c, n);
        storeLanes(yi + c, atLeast(v, floor), n);
      }
    }
  });
}

// batchNormTrain(x, gamma, beta, residual | null, y, mean, variance, [rows, channels], epsilon, relu)
void forward(const Args& a) {
  Buffer &x = a.buffer(0), &gamma = a.buffer(1), &beta = a.buffer(2), &y = a.buffer(4), &mean = a.buffer(5),
         &variance = a.buffer(6);
  Buffer* residual = a.optional(3);
  const auto sizes = a.ints(7, 2);
  const int64_t rows = sizes[0], channels = sizes[1];
  requireCount(x, sizes, "x");
  requireCount(y, sizes, "y");
  if (residual) requireCount(*residual, sizes, "the residual");
  if (x.type != y.type || (residual && residual->type != x.type)) fail("x, y and the residual differ in storage type");
  for (Buffer* b : {&gamma, &beta, &mean, &variance}) requireF32(*b, channels, "a channel vector");
  const double epsilon = a.number(8);

  withType(x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    const T* data = x.as<T>();
    // Sums about the first row: no cancellation where the mean is large against the spread.
    std::vector<float> origin(channels), scale(channels), shift(channels);
    for (int64_t c = 0; c < channels; c++) origin[c] = data[c];
    std::vector<double> sum, squares;
    columnSums(rows, channels, sum, squares, [&](int64_t begin, int64_t end, float* s, float* q) {
      for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t n = channels - c;
        const Lanes o = loadLanes(origin.data() + c, n);
        Lanes first{}, second{};
        for (int64_t i = begin; i < end; i++) {
          const Lanes v = loadLanes(data + i * channels + c, n) - o;
          first += v;
          second += v * v;
        }
        storeLanes(s + c, first, n);
        storeLanes(q + c, second, n);
      }
    });
    for (int64_t c = 0; c < channels; c++) {
      const double m = sum[c] / rows, v = std::max(0.0, squares[c] / rows - m * m);
      mean.as<float>()[c] = float(origin[c] + m);
      variance.as<float>()[c] = float(std::isnan(squares[c]) ? squares[c] : v);
      const double factor = gamma.as<float>()[c] / std::sqrt(v + epsilon);
      scale[c] = float(factor);
      shift[c] = float(beta.as<float>()[c] - (origin[c] + m) * factor);
    }
    affine(data, residual ? residual->as<T>() : nullptr, y.as<T>(), rows, channels, scale.data(), shift.data(),
           a.number(9) != 0);
  });
}

// batchNormTrainGrad(dy, x, gamma, beta, mean, variance, y, dx, dgamma, dbeta, dresidual | null, [rows, channels],
//                    epsilon, relu)
void backward(const Args& a) {
  Buffer &dy = a.buffer(0), &x = a.buffer(1), &gamma = a.buffer(2), &beta = a.buffer(3), &mean = a.buffer(4),
         &variance = a.buffer(5), &dx = a.buffer(7), &dgamma = a.buffer(8), &dbeta = a.buffer(9);
  Buffer *y = a.optional(6), *dresidual = a.optional(10);
  const auto sizes = a.ints(11, 2);
  const int64_t rows = sizes[0], channels = sizes[1];
  const bool relu = a.number(13) != 0;
  for (Buffer* b : {&dy, &x, &dx}) requireCount(*b, sizes, "dy, x or dx");
  if (dx.type != x.type || dy.type != x.type) fail("x, dy and dx differ in storage type");
  if (dresidual) {
    if (!y) fail("the gradient of a residual needs y");
    requireCount(*y, sizes, "y");
    requireCount(*dresidual, sizes, "dresidual");
    if (y->type != x.type || dresidual->type != x.type) fail("y, dresidual and x differ in storage type");
  }
  for (Buffer* b : {&gamma, &beta, &mean, &variance, &dgamma, &dbeta}) requireF32(*b, channels, "a channel vector");

  withType(x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    const T *dyData = dy.as<T>(), *xData = x.as<T>(), *yData = dresidual ? y->as<T>() : nullptr;
    T* masked = dresidual ? dresidual->as<T>() : nullptr;
    std::vector<float> scale(channels), shift(channels), center(channels);
    std::vector<double> inverse(channels);
    for (int64_t c = 0; c < channels; c++) {
      inverse[c] = 1 / std::sqrt(double(variance.as<float>()[c]) + a.number(12));
      const double factor = gamma.as<float>()[c] * inverse[c];
      center[c] = mean.as<float>()[c];
      // Without a ReLU the mask must let everything pass: 0 x + 1 > 0.
      scale[c] = relu ? float(factor) : 0.f;
      shift[c] = relu ? float(beta.as<float>()[c] - double(center[c]) * factor) : 1.f;
    }
    std::vector<double> sum, dot;
    columnSums(rows, channels, sum, dot, [&](int64_t begin, int64_t end, float* s, float* q) {
      for (int64_t c = 0; c < channels; c += kLanes) {
        const int64_t n = channels - c;
        const Lanes sc = loadLanes(scale.data() + c, n), sh = loadLanes(shift.data() + c, n),
                    m = loadLanes(center.data() + c, n);
        Lanes first{}, second{};
        for (int64_t i = begin; i < end; i++) {
          const int64_t at = i * channels + c;
          const Lanes v = loadLanes(xData + at, n), g = loadLanes(dyData + at, n);
          Lanes kept;
          if (masked) {
            kept = relu ? (loadLanes(yData + at, n) > 0 ? g : Lanes{}) : g;
            storeLanes(masked + at, kept, n);
          } else {
            kept = v * sc + sh > 0 ? g : Lanes{};
          }
          first += kept;
          second += kept * (v - m);
        }
        storeLanes(s + c, first, n);
        storeLanes(q + c, second, n);
      }
    });
    // dx = a g + b x + d
    std::vector<float> ga(channels), xb(channels), constant(channels);
    for (int64_t c = 0; c < channels; c++) {
      dbeta.as<float>()[c] = float(sum[c]);
      dgamma.as<float>()[c] = float(dot[c] * inverse[c]);
      const double factor = gamma.as<float>()[c] * inverse[c];
      const double slope = -factor * inverse[c] * inverse[c] * dot[c] / rows;
      ga[c] = float(factor);
      xb[c] = float(slope);
      constant[c] = float(-factor * sum[c] / rows);
    }
    T* out = dx.as<T>();
    parallelFor(rows, std::max<int64_t>(1, 8192 / channels), [&](int64_t begin, int64_t end, int) {
      for (int64_t i = begin; i < end; i++) {
        for (int64_t c = 0; c < channels; c += kLanes) {
          const int64_t n = channels - c, at = i * channels + c;
          const Lanes v = loadLanes(xData + at, n);
          Lanes g = loadLanes((masked ? masked : dyData) + at, n);
          if (!masked) g = v * loadLanes(scale.data() + c, n) + loadLanes(shift.data() + c, n) > 0 ? g : Lanes{};
          const Lanes slope = loadLanes(xb.data() + c, n) * (v - loadLanes(center.data() + c, n));
          storeLanes(out + at, loadLanes(ga.data() + c, n) * g + slope + loadLanes(constant.data() + c, n), n);
        }
      }
    });
  });
}

void inference(const Args& a) {
  const Inference call = inferenceCall(a);
  const Buffer *offset = call.offset, *scale = call.scale;
  std::vector<float> factor(call.channels), shift(call.channels);
  for (int64_t c = 0; c < call.channels; c++) {
    const double f = (scale ? scale->as<float>()[c] : 1.0) / std::sqrt(call.variance.as<float>()[c] + call.epsilon);
    factor[c] = float(f);
    shift[c] = float((offset ? offset->as<float>()[c] : 0.0) - call.mean.as<float>()[c] * f);
  }
  withType(call.x.type, [&](auto* tag) {
    using T = Element<decltype(tag)>;
    affine<T>(call.x.as<T>(), nullptr, call.y.as<T>(), call.rows, call.channels, factor.data(), shift.data(), false);
  });
}
}  // namespace

void addBatchNorm(Napi::Env env, Napi::Object exports) {
  addKernel(env, exports, "batchNormTrain", forward);
  addKernel(env, exports, "batchNormTrainGrad", backward);
  addKernel(env, exports, "batchNormInference", inference);
}
}  // namespace sky
