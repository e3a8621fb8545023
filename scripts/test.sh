#!/usr/bin/env bash
# Installs, builds everything (libtorch, the library, the Python package and phasecore-mpi too) and runs all tests. Arguments go to ctest.
#   PHASECORE_WERROR=ON scripts/test.sh   as in .ci/run: a warning fails
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
mkdir -p build
echo "Building everything (build/release) ..."
cmake --preset release -DPHASECORE_LIBRARY=ON -DPHASECORE_PYTHON=ON -DPHASECORE_MPI=ON -DPHASECORE_WERROR="${PHASECORE_WERROR:-OFF}" >build/configure.log 2>&1 || { cat build/configure.log >&2; exit 1; }
cmake --build --preset release >build/build.log 2>&1 || { tail -n 80 build/build.log >&2; exit 1; }
if grep -n 'warning:' build/build.log; then
  echo "test.sh: note: the compiler warned (above)"
fi
ctest --preset release -j "$(nproc)" "$@"
