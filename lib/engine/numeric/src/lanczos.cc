// The two passes of lib/data/images/lanczos.ts, value for value: 22-bit fixed-point weights, bytes between the passes.
#include <algorithm>
#include <cstring>
#include <vector>

#include "arguments.h"

namespace {
constexpr int PRECISION = 22, HALF = 1 << (PRECISION - 1);

inline uint8_t byteOf(int sum) { return static_cast<uint8_t>(std::clamp(sum >> PRECISION, 0, 255)); }

/** Rows that are resampled together, and the lanes of a pixel: with grey its one, with RGB its three and a spare. */
constexpr size_t ROWS = 4;
typedef int32_t v4 __attribute__((vector_size(16)));
typedef int32_t v16 __attribute__((vector_size(64)));

/**
 * The same pixel of four rows goes through a tap as one vector V (the rows' channels side by side), so that the sum
 * over taps, which is short, is never summed across lanes.
 */
template <int CHANNELS, class V>
void across(const uint8_t* in, size_t width, size_t height, size_t stride, const int32_t* first, const int32_t* weights,
            size_t taps, size_t to, uint8_t* out) {
  constexpr size_t LANES = sizeof(V) / 4 / ROWS;
  std::vector<int32_t> lines(width * LANES * ROWS);
  for (size_t y = 0; y < height; y += ROWS) {
    const size_t rows = std::min(ROWS, height - y);
    for (size_t r = 0; r < rows; r++) {
      const uint8_t* line = in + (y + r) * stride;
      for (size_t x = 0; x < width; x++)
        for (size_t c = 0; c < CHANNELS; c++) lines[(x * ROWS + r) * LANES + c] = line[x * CHANNELS + c];
    }
    for (size_t i = 0; i < to; i++) {
      V sums = V{} + HALF;
      const int32_t *p = lines.data() + static_cast<size_t>(first[i]) * LANES * ROWS, *w = weights + i * taps;
      for (size_t k = 0; k < taps; k++, p += LANES * ROWS) {
        V pixels;
        std::memcpy(&pixels, p, sizeof pixels);
        sums += pixels * w[k];
      }
      for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < CHANNELS; c++) out[((y + r) * to + i) * CHANNELS + c] = byteOf(sums[r * LANES + c]);
    }
  }
}

void down(const uint8_t* in, size_t row, const int32_t* first, const int32_t* weights, size_t taps, size_t to,
          uint8_t* out) {
  std::vector<int32_t> sums(row);
  for (size_t j = 0; j < to; j++, out += row) {
    std::fill(sums.begin(), sums.end(), HALF);
    for (size_t k = 0; k < taps; k++) {
      const int32_t w = weights[j * taps + k];
      const uint8_t* line = in + (static_cast<size_t>(first[j]) + k) * row;
      for (size_t i = 0; i < row; i++) sums[i] += w * line[i];
    }
    for (size_t i = 0; i < row; i++) out[i] = byteOf(sums[i]);
  }
}

void checkKernels(const Napi::CallbackInfo& info, size_t at, const int32_t* first, size_t taps, size_t from,
                  size_t to) {
  for (size_t i = 0; i < to; i++)
    if (first[i] < 0 || static_cast<size_t>(first[i]) + taps > from) throw wrong(info, at, "taps within the image");
}

inline uint8_t* bytes(const Napi::CallbackInfo& info, size_t i, size_t length) {
  return arrayArgument<uint8_t>(info, i, length, napi_uint8_array, "a Uint8Array");
}

/**
 * lanczosPasses(in, width, height, channels, stride, firstX, weightsX, tapsX, toWidth, firstY, weightsY, tapsY,
 * toHeight, out)
 */
void lanczosPasses(const Napi::CallbackInfo& info) {
  const size_t width = sizeArgument(info, 1), height = sizeArgument(info, 2), channels = sizeArgument(info, 3);
  if (channels != 1 && channels != 3) throw wrong(info, 3, "1 or 3");
  const size_t stride = sizeArgument(info, 4);
  if (stride < width * channels || height == 0) throw wrong(info, 4, "at least a row");
  const size_t tapsX = sizeArgument(info, 7), toWidth = sizeArgument(info, 8);
  const size_t tapsY = sizeArgument(info, 11), toHeight = sizeArgument(info, 12);
  const uint8_t* in = bytes(info, 0, (height - 1) * stride + width * channels);
  const int32_t *firstX = ints(info, 5, toWidth), *weightsX = ints(info, 6, toWidth * tapsX);
  const int32_t *firstY = ints(info, 9, toHeight), *weightsY = ints(info, 10, toHeight * tapsY);
  uint8_t* out = bytes(info, 13, toWidth * toHeight * channels);
  checkKernels(info, 5, firstX, tapsX, width, toWidth);
  checkKernels(info, 9, firstY, tapsY, height, toHeight);
  std::vector<uint8_t> wide(toWidth * height * channels);
  if (channels == 3) across<3, v16>(in, width, height, stride, firstX, weightsX, tapsX, toWidth, wide.data());
  else across<1, v4>(in, width, height, stride, firstX, weightsX, tapsX, toWidth, wide.data());
  down(wide.data(), toWidth * channels, firstY, weightsY, tapsY, toHeight, out);
}
}  // namespace

void initLanczos(Napi::Env env, Napi::Object exports) { exportFunction<lanczosPasses>(env, exports, "lanczosPasses"); }
