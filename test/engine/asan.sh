#!/bin/sh
# Builds the addon with AddressSanitizer, runs the engine tests with it, and puts the ordinary build back.
# Leaks are not looked for: V8 and oneDNN keep memory until the process ends.
set -e
cd "$(dirname "$0")/../.."
compiler="${CXX:-g++}"
runtime=$("$compiler" -print-file-name=libasan.so)
restore() {
  npx node-gyp rebuild -C lib/engine/onednn >/dev/null 2>&1
}
trap restore EXIT
npx node-gyp rebuild -C lib/engine/onednn -- -Dsanitize=1 >/dev/null
for name in kernels custom-ops training hostile start-engine; do
  echo "$name under AddressSanitizer"
  LD_PRELOAD="$runtime" ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 LATENT_SKY_ASAN=1 \
    node --import tsx --test-reporter=dot --test "test/engine/$name.test.ts"
done
