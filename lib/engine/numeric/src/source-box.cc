// The loops over pixels of lib/preprocess/central-source-box.ts for bytes: the histogram that is clipped, and the
// contour around the centre (lib/preprocess/contours.ts says how a border is followed, and why the marks).
#include <algorithm>
#include <cstring>
#include <vector>

#include "arguments.h"

namespace {
enum : uint8_t { EMPTY, FRESH, FOLLOWED, EXIT };

/** byteCounts(data, stride, n, out): out[v] = how many of data[0], data[stride], ... (n of them) are v. */
void byteCounts(const Napi::CallbackInfo& info) {
  const size_t stride = sizeArgument(info, 1), n = sizeArgument(info, 2);
  if (stride < 1) throw wrong(info, 1, "at least 1");
  const auto* data = arrayArgument<uint8_t>(info, 0, n ? (n - 1) * stride + 1 : 0, napi_uint8_array, "a Uint8Array");
  auto* out = arrayArgument<uint32_t>(info, 3, 256, napi_uint32_array, "a Uint32Array");
  // Four histograms, because neighbouring pixels are often equal and one counter would wait for itself.
  uint32_t counts[4][256] = {};
  size_t i = 0;
  for (; i + 4 <= n; i += 4, data += 4 * stride)
    for (size_t c = 0; c < 4; c++) counts[c][data[c * stride]]++;
  for (; i < n; i++, data += stride) counts[0][*data]++;
  for (size_t v = 0; v < 256; v++) out[v] = counts[0][v] + counts[1][v] + counts[2][v] + counts[3][v];
}

/** Whether a point lies inside the closed walk it is shown step by step. */
struct PointTest {
  int x, y;
  bool inside = false, onBorder = false;

  /** Every step is one pixel in each direction at most: it crosses the row of the point just below or above it. */
  void step(int x0, int y0, int x1, int y1) {
    if (x1 == x && y1 == y) onBorder = true;
    if ((y0 > y) != (y1 > y) && x < x0 + (y - y0) * (x1 - x0) * (y1 - y0)) inside = !inside;
  }
};

struct Box {
  int left, top, right, bottom;
};

/** Follows and marks one border; `point` sees every step of it. */
Box follow(uint8_t* state, int stride, size_t start, PointTest& point) {
  static constexpr int stepX[] = {1, 1, 0, -1, -1, -1, 0, 1}, stepY[] = {0, -1, -1, -1, 0, 1, 1, 1};
  ptrdiff_t steps[8];
  for (int s = 0; s < 8; s++) steps[s] = stepX[s] + static_cast<ptrdiff_t>(stepY[s]) * stride;
  int x = static_cast<int>(start % stride) - 1, y = static_cast<int>(start / stride) - 1;
  Box box{x, y, x, y};
  int s = 4;
  do s = (s + 7) & 7;
  while (s != 4 && !state[start + steps[s]]);
  if (s == 4) {
    state[start] = EXIT;
    point.onBorder |= point.x == x && point.y == y;
    return box;
  }
  const size_t last = start + steps[s];
  for (size_t here = start;;) {
    const int from = s;
    bool crossedRight = false;
    do {
      s = (s + 1) & 7;
      if (state[here + steps[s]]) break;
      if (s == 0) crossedRight = true;
    } while (s != from);
    if (crossedRight) state[here] = EXIT;
    else if (state[here] == FRESH) state[here] = FOLLOWED;
    const size_t next = here + steps[s];
    point.step(x, y, x + stepX[s], y + stepY[s]);
    if (next == start && here == last) return box;
    x += stepX[s];
    y += stepY[s];
    box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x), std::max(box.bottom, y)};
    here = next;
    s = (s + 4) & 7;
  }
}

/**
 * centralContour(data, stride, width, height, above, out): the first outer contour of the pixels data[k * stride] >
 * above that has (width / 2, height / 2) strictly inside. out = [contours met until then, x, y, width, height of its
 * box]; the last four are 0 where there is none.
 */
void centralContour(const Napi::CallbackInfo& info) {
  const size_t stride = sizeArgument(info, 1), width = sizeArgument(info, 2), height = sizeArgument(info, 3);
  if (stride < 1) throw wrong(info, 1, "at least 1");
  if (width > 1 << 30 || height > 1 << 30) throw wrong(info, width > height ? 2 : 3, "at most 2^30");
  const size_t n = width * height;
  const auto* data = arrayArgument<uint8_t>(info, 0, n ? (n - 1) * stride + 1 : 0, napi_uint8_array, "a Uint8Array");
  const double above = numberArgument(info, 4);
  int32_t* out = ints(info, 5, 5);
  std::fill(out, out + 5, 0);

  // A frame of empty pixels spares every neighbour a bounds check; eight more let the scan read eight at once.
  const size_t line = width + 2;
  std::vector<uint8_t> framed(line * (height + 2) + 8);
  uint8_t* state = framed.data();
  // Bytes above a level are those above its floor; beyond -1 and 255 it says nothing more. NaN lets nothing pass.
  const int floor = above >= 255 || std::isnan(above) ? 255 : above < 0 ? -1 : static_cast<int>(above);
  const auto mark = [&](auto step) {
    for (size_t y = 0; y < height; y++) {
      const uint8_t* in = data + y * width * step;
      uint8_t* to = state + (y + 1) * line + 1;
      for (size_t x = 0; x < width; x++) to[x] = in[x * step] > floor;
    }
  };
  // Constants, so that the compiler can vectorise both.
  if (stride == 1) mark(std::integral_constant<size_t, 1>());
  else if (stride == 3) mark(std::integral_constant<size_t, 3>());
  else mark(stride);

  const int centreX = static_cast<int>(width / 2), centreY = static_cast<int>(height / 2);
  for (size_t y = 1; y <= height; y++) {
    bool inside = false;
    uint8_t previous = EMPTY;
    for (size_t k = y * line + 1, end = k + width; k < end; k++) {
      uint64_t eight;
      if (previous == EMPTY && (std::memcpy(&eight, state + k, 8), eight == 0)) {
        k += 7;
        continue;
      }
      const uint8_t here = state[k];
      if (here == previous && here <= FRESH) continue;
      if (here == FRESH && previous == EMPTY && !inside) {
        PointTest point{centreX, centreY};
        const Box box = follow(state, static_cast<int>(line), k, point);
        out[0]++;
        if (point.inside && !point.onBorder) {
          out[1] = box.left;
          out[2] = box.top;
          out[3] = box.right - box.left + 1;
          out[4] = box.bottom - box.top + 1;
          return;
        }
      }
      previous = state[k];
      if (previous > FRESH) inside = previous == FOLLOWED;
    }
  }
}
}  // namespace

void initSourceBox(Napi::Env env, Napi::Object exports) {
  exportFunction<byteCounts>(env, exports, "byteCounts");
  exportFunction<centralContour>(env, exports, "centralContour");
}
