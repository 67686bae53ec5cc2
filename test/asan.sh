#!/bin/sh
# Builds the addons with AddressSanitizer in a copy of the project and runs the tests of their code there. The
# engine's blocks are then not pooled, so that every byte beyond a tensor and every use after a free is seen. Leaks are
# not looked for: V8 and oneDNN keep memory until the process ends.
set -e
cd "$(dirname "$0")/.."
project=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar --exclude=build -cf - lib test package.json tsconfig.json | tar -xf - -C "$copy"
ln -s "$project/node_modules" "$copy/node_modules"
# The CUDA addon runs on the stand-in driver, whose memory is the CPU's.
export LATENT_SKY_EMULATOR_FLAGS="-fsanitize=address -fno-omit-frame-pointer -g -O1"
export CXXFLAGS="-fsanitize=address -fno-omit-frame-pointer -g -O1 -DSKY_NO_POOL" LDFLAGS=-fsanitize=address
for addon in engine/onednn engine/cuda engine/numeric data/turbo-jpeg; do
  npx node-gyp rebuild -C "$copy/lib/$addon"
done
runtime=$("${CXX:-g++}" -print-file-name=libasan.so)
cd "$copy"
for name in \
  engine/wrong-calls engine/kernels engine/convolution-ways engine/custom-ops engine/augment-warp engine/training engine/hostile \
  engine/repeated-step engine/start-engine engine/numeric \
  models/bayesian-gaussian-mixture models/gaussian-process models/nearest-neighbours data/images/decode-jpeg; do
  echo "$name under AddressSanitizer"
  LD_PRELOAD="$runtime" ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 LATENT_SKY_ASAN=1 \
    node --import tsx --test --test-reporter=dot "test/$name.test.ts"
done
