#!/usr/bin/env bash
# Installs the Debian 12 packages that PhaseCore needs; does nothing when they are all there.
#   scripts/setup.sh demo    to build and run the phasecore program
#   scripts/setup.sh test    additionally libtorch, Python's headers, GoogleTest, Google Benchmark and test data
#   scripts/setup.sh check   what scripts/check.sh runs: demo's, GoogleTest, clang-format, clang-tidy
#   scripts/setup.sh coverage   what scripts/coverage.sh runs: test's without libtorch, gcovr
#   scripts/setup.sh keywords   what scripts/make_keywords.sh runs, nothing else
set -euo pipefail

what=${1:-demo}
packages=(
  g++ cmake ninja-build pkg-config ccache
  libsystemc-dev libeigen3-dev libyaml-cpp-dev libboost-program-options-dev
  libfmt-dev nlohmann-json3-dev libcereal-dev libssl-dev zlib1g-dev libzip-dev
  libprotobuf-dev protobuf-compiler libonnx-dev libsqlite3-dev libxgboost-dev
  libjpeg62-turbo-dev libpng-dev libsamplerate0-dev
  dataset-fashion-mnist
)
for_tests=(libgtest-dev libgmock-dev libpagmo-dev librandom123-dev libonnx-testdata espeak-ng sox jq chromium fonts-dejavu-core)
case $what in
  demo) ;;
  test) packages+=("${for_tests[@]}" libbenchmark-dev libtorch-dev libopenblas0-pthread pybind11-dev python3-dev python3-numpy libopenmpi-dev openmpi-bin) ;;
  coverage) packages+=("${for_tests[@]}" gcovr) ;;
  check) packages+=(libgtest-dev libgmock-dev clang-format clang-tidy) ;;
  keywords) packages=(espeak-ng sox) ;;
  *) echo "setup.sh: error: '$what'; allowed are demo, test, check, coverage, keywords" >&2; exit 2 ;;
esac

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup.sh: error: run as root or install sudo; missing: ${missing[*]}" >&2; exit 3; }
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600)
if ! { "${as_root[@]}" "${apt[@]}" update && "${as_root[@]}" "${apt[@]}" install "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "setup.sh: error: apt-get failed (above)" >&2
  exit 3
fi
