#!/bin/sh
# On a machine with an NVIDIA GPU, from anywhere: sh out/gpu/run.sh [RESULTS]. Runs the engine's tests on the card, compares
# the losses of a training run with a CPU's, then times ours and PyTorch in turn, and writes what it saw to RESULTS
# (default: results beside this file). All of it ends within 8 minutes. `rehearse.sh` runs it where there is no card.
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-$here/results}" || exit 1
results=$(cd "${1:-$here/results}" && pwd)
cd "$here" || exit 1
whole=${LATENT_SKY_BENCH_SECONDS:-470}
began=$(date +%s)
# Tests and losses may take three fifths of the time; the benchmark has the rest.
end=$((began + whole * 3 / 5))
# within SECONDS COMMAND...: stops it after so long, or where the whole time is over.
within() {
  left=$((end - $(date +%s)))
  [ "$left" -gt 0 ] || left=1
  [ "$left" -lt "$1" ] || left=$1
  shift
  timeout -k 5 "$left" "$@"
}
# ending STATUS: what a command ended with.
ending() {
  case $1 in
    124 | 137) echo "stopped: its time was over" ;;
    *) echo "ends with $1" ;;
  esac
}
# logged NAME COMMAND...: its output goes to NAME.txt too, and so does how it ended.
logged() {
  name=$1
  shift
  { "$@" 2>&1; echo "$name: $(ending $?)"; } | tee "$results/$name.txt"
}
[ -x bin/node ] || { xz -dkf bin/node.xz && chmod +x bin/node; } || exit 1
export LATENT_SKY_TEST_GPU=1 LATENT_SKY_CACHE="$here/cache" LATENT_SKY_OUT="$here/out"
nvidia-smi --query-gpu=name,driver_version --format=csv,noheader || echo "nvidia-smi does not tell the card and its driver"
for name in repeated-step golden read-batches custom-ops augment-warp training kernels hostile; do
  # A test that hangs takes a fifth of the time, not that of the others.
  within $((whole / 5)) bin/node --test --test-reporter=tap "lib/$name.test.js" > "$results/$name.tap" 2>&1
  ended=$(ending $?)
  good=$(grep -E '^ *ok ' "$results/$name.tap" | grep -vc SKIP)
  echo "$name: $good ok, $(grep -cE '^ *not ok' "$results/$name.tap") not ok, $ended$([ "$good" -gt 0 ] || echo ': NOTHING RAN')"
  grep -A12 -E '^ *not ok' "$results/$name.tap" | grep -E 'not ok|error:|Error|expected|actual' | head -12
done
logged losses within 90 bin/node lib/losses.js losses.json "${LATENT_SKY_BENCH_ENGINE:-cuda}"
end=$((began + whole))
logged bench within "$whole" bin/node lib/gpu-bench.js "$results/results.jsonl"
