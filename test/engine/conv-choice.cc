// Chooses for the keys FIRST, FIRST + 1, ..., COUNT of them, as processes do that share the file PATH: the second way is
// not possible, and of an even key the third is the fastest, else the first. Prints for each what was chosen and whether
// it had to be measured, as "12 2 measured".
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "../../lib/engine/onednn/src/conv_choice.h"

static void spin(double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < end) {
  }
}

int main(int, char** argv) {
  sky::rememberChoicesIn(argv[1]);
  const int first = std::atoi(argv[2]), count = std::atoi(argv[3]);
  for (int key = first; key < first + count; key++) {
    int runs = 0;
    const size_t way = sky::fastest(
        {0, 1, key, 64, 64, 3},
        {[&] { spin(key % 2 ? 0 : 2e-4); }, nullptr, [&] { runs++, spin(key % 2 ? 2e-4 : 0); }});
    std::printf("%d %d %s\n", key, int(way), runs ? "measured" : "known");
    std::fflush(stdout);
  }
}
