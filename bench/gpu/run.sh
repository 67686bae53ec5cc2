#!/bin/sh
# On a machine with an NVIDIA GPU, from anywhere: sh out/gpu/run.sh [RESULTS]. Runs the engine's tests on the card, then
# ours and PyTorch in turn, and writes what it saw to RESULTS (default: results beside this file).
here=$(cd "$(dirname "$0")" && pwd)
results=${1:-$here/results}
mkdir -p "$results"
cd "$here" || exit 1
[ -x bin/node ] || { xz -dk bin/node.xz && chmod +x bin/node; } || exit 1
export LATENT_SKY_TEST_GPU=1 LATENT_SKY_CACHE="$here/cache" LATENT_SKY_OUT="$here/out"
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader
for name in repeated-step golden custom-ops training kernels hostile; do
  timeout 120 bin/node --test --test-name-pattern='cuda' --test-reporter=tap "lib/$name.test.js" \
    > "$results/$name.tap" 2>&1
  echo "$name: $(grep -E '^ *ok ' "$results/$name.tap" | grep -vc SKIP) ok, $(grep -cE '^ *not ok' "$results/$name.tap") not ok"
  grep -A12 -E '^ *not ok' "$results/$name.tap" | grep -E 'not ok|error:|Error|expected|actual' | head -12
done
timeout 60 bin/node lib/losses.js losses.json cuda
timeout "${LATENT_SKY_BENCH_SECONDS:-240}" bin/node lib/gpu-bench.js "$results/results.jsonl"
