// Byte images -> affine warp -> Gaussian blur -> normalised activations; the equations are in ops/augment-warp.ts.
#include <algorithm>
#include <cmath>

#include "common.h"

namespace sky {
namespace {

int64_t mirror(int64_t i, int64_t n) {
  if (i >= 0 && i < n) return i;
  if (n == 1) return 0;
  const int64_t period = 2 * (n - 1);
  const int64_t m = (i % period + period) % period;
  return m < n ? m : period - m;
}

void warp(const uint8_t* source, int64_t h, int64_t w, int64_t c, const float* t, float* out, int64_t height,
          int64_t width) {
  const int64_t second = c == 1 ? 0 : 1, third = c == 1 ? 0 : 2;
  for (int64_t y = 0; y < height; y++) {
    for (int64_t x = 0; x < width; x++, out += 3) {
      const double X = x + 0.5, Y = y + 0.5;
      const double u = std::clamp(t[0] * X + t[1] * Y + t[2] - 0.5, -1e9, 1e9);
      const double v = std::clamp(t[3] * X + t[4] * Y + t[5] - 0.5, -1e9, 1e9);
      const int64_t u0 = int64_t(std::floor(u)), v0 = int64_t(std::floor(v));
      const float fu = float(u - u0), fv = float(v - v0);
      const uint8_t* top = source + mirror(v0, h) * w * c;
      const uint8_t* bottom = source + mirror(v0 + 1, h) * w * c;
      const int64_t left = mirror(u0, w) * c, right = mirror(u0 + 1, w) * c;
      const float a = (1 - fu) * (1 - fv), b = fu * (1 - fv), d = (1 - fu) * fv, e = fu * fv;
      out[0] = a * top[left] + b * top[right] + d * bottom[left] + e * bottom[right];
      out[1] =
          a * top[left + second] + b * top[right + second] + d * bottom[left + second] + e * bottom[right + second];
      out[2] = a * top[left + third] + b * top[right + third] + d * bottom[left + third] + e * bottom[right + third];
    }
  }
}

// One half of the kernel from the centre outwards, the whole summing to one.
std::vector<float> gaussian(double sigma, int64_t length) {
  const int64_t radius = std::min<int64_t>(int64_t(std::ceil(3 * sigma)), length - 1);
  std::vector<double> weights(radius + 1);
  double total = 0;
  for (int64_t r = 0; r <= radius; r++) {
    weights[r] = std::exp(-double(r) * r / (2 * sigma * sigma));
    total += r ? 2 * weights[r] : weights[r];
  }
  std::vector<float> out(radius + 1);
  for (int64_t r = 0; r <= radius; r++) out[r] = float(weights[r] / total);
  return out;
}

void blur(float* image, int64_t height, int64_t width, double sigma, std::vector<float>& work) {
  const std::vector<float> across = gaussian(sigma, width), down = gaussian(sigma, height);
  const int64_t row = width * 3, ra = int64_t(across.size()) - 1, rd = int64_t(down.size()) - 1;
  std::vector<float> padded(row + 6 * ra);
  work.resize(size_t(height) * row);
  for (int64_t y = 0; y < height; y++) {
    const float* from = image + y * row;
    std::copy(from, from + row, padded.begin() + 3 * ra);
    for (int64_t r = 1; r <= ra; r++) {
      for (int64_t k = 0; k < 3; k++) {
        padded[3 * (ra - r) + k] = from[3 * mirror(-r, width) + k];
        padded[3 * (ra + width - 1 + r) + k] = from[3 * mirror(width - 1 + r, width) + k];
      }
    }
    const float* __restrict p = padded.data() + 3 * ra;
    float* __restrict to = work.data() + y * row;
    for (int64_t i = 0; i < row; i++) to[i] = across[0] * p[i];
    for (int64_t r = 1; r <= ra; r++) {
      const float g = across[r];
      for (int64_t i = 0; i < row; i++) to[i] += g * (p[i - 3 * r] + p[i + 3 * r]);
    }
  }
  for (int64_t y = 0; y < height; y++) {
    float* __restrict to = image + y * row;
    const float* __restrict middle = work.data() + y * row;
    for (int64_t i = 0; i < row; i++) to[i] = down[0] * middle[i];
    for (int64_t r = 1; r <= rd; r++) {
      const float* __restrict above = work.data() + mirror(y - r, height) * row;
      const float* __restrict below = work.data() + mirror(y + r, height) * row;
      const float g = down[r];
      for (int64_t i = 0; i < row; i++) to[i] += g * (above[i] + below[i]);
    }
  }
}

template <class T>
const T* typed(const Napi::Value& value, napi_typedarray_type type, size_t length) {
  if (!value.IsTypedArray()) fail("images and draws must be typed arrays");
  const auto array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != type || array.ElementLength() != length) fail("an array has the wrong type or length");
  return reinterpret_cast<const T*>(static_cast<const uint8_t*>(array.ArrayBuffer().Data()) + array.ByteOffset());
}

// augmentWarp(images, draws, y, [n, h, w, c, height, width], mean and 1 / std of the channels): draws are [views][6]
// transforms, then as many sigmas; view v shows image v % n
Napi::Value augmentWarp(const Napi::CallbackInfo& info) {
  try {
    const Args a(info);
    const auto s = a.ints(3, 6);
    const int64_t n = s[0], h = s[1], w = s[2], c = s[3], height = s[4], width = s[5];
    if (c != 1 && c != 3) fail("images must have 1 or 3 channels");
    const auto* images = typed<uint8_t>(info[0], napi_uint8_array, size_t(product({n, h, w, c})));
    if (!info[1].IsTypedArray()) fail("images and draws must be typed arrays");
    const size_t drawn = info[1].As<Napi::TypedArray>().ElementLength();
    if (drawn == 0 || drawn % (7 * size_t(n)) != 0) fail("an array has the wrong type or length");
    const auto* draws = typed<float>(info[1], napi_float32_array, drawn);
    const int64_t views = int64_t(drawn / 7);
    const auto* channel = typed<float>(info[4], napi_float32_array, 6);
    Buffer& y = a.buffer(2);
    requireCount(y, {views, height, width, 3}, "the result");
    withType(y.type, [&](auto* tag) {
      using T = Element<decltype(tag)>;
      parallelFor(views, 1, [&](int64_t begin, int64_t end, int) {
        const int64_t size = height * width * 3;
        std::vector<float> image(size), work;
        for (int64_t i = begin; i < end; i++) {
          const float sigma = draws[views * 6 + i];
          warp(images + i % n * h * w * c, h, w, c, draws + i * 6, image.data(), height, width);
          if (sigma > 0) blur(image.data(), height, width, sigma, work);
          T* out = y.as<T>() + i * size;
          for (int64_t k = 0; k < size; k += 3) {
            for (int64_t j = 0; j < 3; j++) out[k + j] = (image[k + j] * (1 / 255.f) - channel[j]) * channel[3 + j];
          }
        }
      });
    });
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& e) {
    throw Napi::Error::New(info.Env(), e.what());
  }
  return info.Env().Undefined();
}
}  // namespace

void addAugment(Napi::Env env, Napi::Object exports) {
  exports.Set("augmentWarp", Napi::Function::New(env, augmentWarp));
}
}  // namespace sky
