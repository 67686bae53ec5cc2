#!/bin/sh
# Builds the addon with AddressSanitizer in a copy of the project and runs the engine tests there. Blocks are then
# not pooled, so that every byte beyond a tensor and every use after a free is seen. Leaks are not looked for: V8 and
# oneDNN keep memory until the process ends.
set -e
cd "$(dirname "$0")/../.."
project=$PWD
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar --exclude=build -cf - lib test/engine package.json tsconfig.json | tar -xf - -C "$copy"
ln -s "$project/node_modules" "$copy/node_modules"
npx node-gyp rebuild -C "$copy/lib/engine/onednn" -- -Dsanitize=1
runtime=$("${CXX:-g++}" -print-file-name=libasan.so)
cd "$copy"
for name in kernels custom-ops training hostile start-engine; do
  echo "$name under AddressSanitizer"
  LD_PRELOAD="$runtime" ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 LATENT_SKY_ASAN=1 \
    node --import tsx --test --test-reporter=dot "test/engine/$name.test.ts"
done
