// A convolution by the engine's kernels (`KERNELS` is their conv.cu, or a damaged copy) on the emulator, in early and
// in late order, against plain loops. Ends with 0 where every value is right, with 1 where one is wrong.
#include KERNELS

int main() {
  constexpr int n = 2, side = 12, c = 64, k = 72, taps = 9, pitch = taps * c, rows = n * side * side;
  unsigned state = 1;
  auto random = [&] { return (float)((state = state * 1664525u + 1013904223u) >> 8) / (1 << 24) - 0.5f; };
  std::vector<Chunk> xs(size_t(rows) * c / 8), ws(size_t(128) * pitch / 8), ys(size_t(rows) * k / 8);
  auto *x = reinterpret_cast<u16*>(xs.data()), *w = reinterpret_cast<u16*>(ws.data()),
       *y = reinterpret_cast<u16*>(ys.data());
  for (int i = 0; i < rows * c; i++) x[i] = toBf16(random());
  for (int i = 0; i < k * pitch; i++) w[i] = toBf16(random());
  Conv s{};
  s.n = n, s.h = s.w = s.p = s.q = s.outH = s.outW = side, s.c = c, s.k = k;
  s.strideH = s.strideW = s.stepH = s.stepW = s.outStepH = s.outStepW = 1;
  s.tapsH = s.tapsW = 3, s.firstH = s.firstW = -1;

  std::vector<double> expected(size_t(rows) * k);
  for (int row = 0; row < rows; row++)
    for (int o = 0; o < k; o++)
      for (int tap = 0; tap < taps; tap++) {
        const int i = row / side % side + tap / 3 - 1, j = row % side + tap % 3 - 1;
        if (i < 0 || j < 0 || i >= side || j >= side) continue;
        const u16* pixel = x + ((row / (side * side) * side + i) * side + j) * c;
        for (int e = 0; e < c; e++)
          expected[row * k + o] += emulator::fromBf16(pixel[e]) * emulator::fromBf16(w[o * pitch + tap * c + e]);
      }

#ifdef SKY_WARPGROUPS
  const int narrow = 2 * (128 + 64) * 128;  // what conv128x64 is launched with
#else
  const int narrow = 3 * 128 * 256;
#endif
  for (const char* name : {"conv128x128", "conv128x64"})
    for (const bool late : {false, true}) {
      const unsigned width = std::string(name) == "conv128x128" ? 128 : 64;
      const float* none = nullptr;
      float* partial = nullptr;
      const u16 *from = x, *weights = w;
      void* arguments[] = {&from, &weights, &none, &y, &partial, &s};
      const auto& kernel = emulator::kernels().at(name);
      emulator::late = late;
      std::memset(y, 0xff, size_t(rows) * k * 2);
      emulator::run(kernel.threads, width == 64 ? narrow : 3 * 128 * 256, {(rows + 127) / 128, (k + width - 1) / width, 1},
                    kernel.bind(arguments));
      for (int i = 0; i < rows * k; i++) {
        // A sum of 576 products of up to a quarter, rounded to bf16.
        if (!(std::fabs(emulator::fromBf16(y[i]) - expected[i]) < 0.05)) {
          std::printf("%s, %s: value %d is %g, not %g\n", name, late ? "late" : "early", i, emulator::fromBf16(y[i]),
                      expected[i]);
          return 1;
        }
      }
    }
  return 0;
}
