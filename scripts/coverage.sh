#!/usr/bin/env bash
# Measures which lines and branches of the program the tests reach: builds build/coverage without libtorch, runs the
# tests, and prints a table by folder (build/coverage/coverage.txt; by file: coverage.csv). Arguments go to ctest.
#   FOLDERS="sim nas/pareto" JOBS=1 scripts/coverage.sh -L unit
# FOLDERS are those whose lines are counted (default: all of the program), TESTS the executables that are built and run
# (default: all), JOBS how many processes build and test.
# Branches that only an exception takes, as GCC makes of every call, do not count. Nor does what a process reached that
# was killed: workers and chips that end by themselves write their counts first (below).
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
read -ra folders <<<"${FOLDERS:-common models sim nas app}"
build=$PWD/build/coverage
scripts/setup.sh coverage
mkdir -p "$build"

# Counts are written by exit(); forked workers end with _exit().
cat >"$build/write_counts.c" <<'END'
void __gcov_dump(void);
void __real__exit(int status);
void __wrap__exit(int status) {
  __gcov_dump();
  __real__exit(status);
}
END
gcc -c "$build/write_counts.c" -o "$build/write_counts.o"

cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPHASECORE_TRAIN=OFF -DPHASECORE_BENCH=OFF \
  -DPHASECORE_COVERAGE="$(IFS=';'; echo "${folders[*]}")" ${CMAKE_ARGUMENTS:-} \
  -DCMAKE_EXE_LINKER_FLAGS="--coverage -Wl,--wrap=_exit $build/write_counts.o" >"$build/configure.log" 2>&1 \
  || { cat "$build/configure.log" >&2; exit 1; }
echo "Building with counters (build/coverage) ..."
read -ra tests <<<"${TESTS:-all}"
cmake --build "$build" -j "$jobs" --target "${tests[@]}" >"$build/build.log" 2>&1 || { tail -n 80 "$build/build.log" >&2; exit 1; }
find "$build" -name '*.gcda' -delete
# The page's tests need a browser, and a test that fails here, where all is slow, has still reached its lines.
ctest --test-dir "$build" -j "$jobs" --timeout 600 "$@" >"$build/test.log" 2>&1 || true
grep -E 'tests passed|Failed|Timeout' "$build/test.log" || true

filters=()
for folder in "${folders[@]}"; do filters+=(--filter "$folder/"); done
gcovr -j "$jobs" --root . --object-directory "$build" "${filters[@]}" --exclude-throw-branches --exclude-unreachable-branches --csv "$build/coverage.csv" >"$build/gcovr.log" 2>&1 \
  || { tail -n 20 "$build/gcovr.log" >&2; exit 1; }
# filename,line_total,line_covered,line_percent,branch_total,branch_covered,branch_percent,...
awk -F, 'NR > 1 {
    folder = $1; sub(/\/[^\/]*$/, "", folder); split(folder, part, "/")
    name = part[1] == "app" || part[1] == "common" ? part[1] : part[1] "/" part[2]
    lines[name] += $2; lines_hit[name] += $3; branches[name] += $5; branches_hit[name] += $6
    lines["all"] += $2; lines_hit["all"] += $3; branches["all"] += $5; branches_hit["all"] += $6
  }
  END {
    for (name in lines)
      printf "%-18s %6d lines %5.1f %%  %6d branches %5.1f %%\n", name, lines[name], 100 * lines_hit[name] / lines[name],
        branches[name], branches[name] ? 100 * branches_hit[name] / branches[name] : 100
  }' "$build/coverage.csv" | sort | tee "$build/coverage.txt"
