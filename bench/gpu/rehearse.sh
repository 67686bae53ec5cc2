#!/bin/sh
# Rehearses `out/gpu/run.sh` where there is no card, after `npm run bench:gpu`: the tests run on the emulated one, losses
# and benchmark on the oneDNN engine at one small size, PyTorch on the CPU. Takes minutes; its timings mean nothing.
set -e
cd "$(dirname "$0")/../.."
driver=$(node --import tsx -e 'import("./test/engine/cuda/emulated.ts").then(() => console.log(process.env.LATENT_SKY_CUDA_DRIVER))')
mkdir -p out/gpu/lib/engine/onednn/build/Release
cp lib/engine/onednn/build/Release/latent_sky_onednn.node out/gpu/lib/engine/onednn/build/Release
export LATENT_SKY_CUDA_DRIVER="$driver" LATENT_SKY_BENCH_ENGINE=onednn LATENT_SKY_BENCH_SECONDS="${1:-900}"
sh out/gpu/run.sh
