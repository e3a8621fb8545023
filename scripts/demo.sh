#!/usr/bin/env bash
# From a fresh Debian 12 to the first results: installs, builds, simulates the shipped hardware-aware ResNet-8 on the
# what-if chip hermes-mesh with hermes-2 devices, 1 s to 30 d after programming, and searches the shipped supernet for
# networks that are better on this chip.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh demo
mkdir -p build
echo "Building phasecore (build/demo) ..."
cmake --preset demo >build/demo.log 2>&1 || { cat build/demo.log >&2; exit 1; }
cmake --build --preset demo >build/demo.log 2>&1 || { tail -n 60 build/demo.log >&2; exit 1; }

mkdir -p results
set -x
build/demo/app/phasecore simulate zoo:resnet8-fmnist-hwa --chip hermes-mesh --device hermes-2 \
  --times 1s,1h,1d,30d --workers "$(nproc)" --out results/demo
build/demo/app/phasecore search demo --workers "$(nproc)" --out results/demo-search
