#!/bin/sh
# Rehearses `out/gpu/run.sh` where there is no card, after `npm run bench:gpu`, in a copy of the pack that lies elsewhere:
# the tests run on the emulated card, losses and benchmark on the oneDNN engine at one small size, PyTorch on the CPU.
# rehearse.sh [SECONDS]: takes so long at most, by default 15 minutes; its timings mean nothing.
set -e
cd "$(dirname "$0")/../.."
[ -f out/gpu/run.sh ] || { echo "There is no pack to rehearse in out/gpu: npm run bench:gpu makes it." && exit 1; }
driver=$(node --import tsx -e 'import("./test/engine/cuda/emulated.ts").then(() => console.log(process.env.LATENT_SKY_CUDA_DRIVER))')
copy=$(mktemp -d)
cp -r out/gpu/. "$copy"
mkdir -p "$copy/lib/engine/onednn/build/Release"
cp lib/engine/onednn/build/Release/latent_sky_onednn.node "$copy/lib/engine/onednn/build/Release"
export LATENT_SKY_CUDA_DRIVER="$driver" LATENT_SKY_BENCH_ENGINE=onednn LATENT_SKY_BENCH_SECONDS="${1:-900}"
sh "$copy/run.sh"
echo "The rehearsal's results are in $copy/results."
