#!/usr/bin/env bash
# Two builds' benchmarks against each other: CPU time of every row, as Markdown on stdout.
#   experiments/compare_benchmarks.sh BASE NEW [FILTER]     BASE, NEW: build directories; FILTER: a regular expression on rows
# The programs of both builds run in turn, so that both see the same machine, on the processor CPU (default: the last one);
# ROUNDS (default 7) times, each row for at least MIN_TIME seconds (default 0.1) per round. Per row: the medians, and the median of
# the rounds' ratios with its quartiles. A row whose lower quartile is above LIMIT (default 1.03) is marked, and the exit code is 1.
# BENCHMARKS chooses programs (default: all that both builds have but bench_train).
set -euo pipefail

[ $# -ge 2 ] && [ $# -le 3 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
base=$1 new=$2 filter=${3:-.}
for build in "$base" "$new"; do
  [ -d "$build/bench" ] || { echo "compare_benchmarks.sh: error: '$build' is no build directory with benchmarks" >&2; exit 2; }
done
cpu=${CPU:-$(($(nproc) - 1))} rounds=${ROUNDS:-7} limit=${LIMIT:-1.03}

if [ -z "${BENCHMARKS:-}" ]; then
  BENCHMARKS=$(find "$base/bench" -maxdepth 1 -type f -name 'bench_*' -perm -u+x -printf '%f\n' | grep -vx bench_train | sort)
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One line per row: program, row, build, round, time in ns. Rows that take their time by hand, or that of other processes, have it as their real time.
measure() { # BUILD_DIRECTORY BUILD PROGRAM ROUND
  taskset -c "$cpu" "$1/bench/$3" --benchmark_format=json --benchmark_filter="$filter" \
    --benchmark_min_time="${MIN_TIME:-0.1}" >"$work/json" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
  [ -s "$work/json" ] || return 0  # the filter left nothing
  jq -r --arg program "$3" --arg build "$2" --arg round "$4" '
    {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9} as $unit | .benchmarks[] |
    select(.run_type == "iteration" and (.error_occurred | not)) |
    [$program, .name, $build, $round,
     (if (.name | test("(manual|real)_time")) then .real_time else .cpu_time end) * $unit[.time_unit]] | @tsv' "$work/json" >>"$work/rows"
}

: >"$work/rows"
for program in $BENCHMARKS; do
  [ -x "$new/bench/$program" ] || { echo "compare_benchmarks.sh: warning: '$new' has no $program" >&2; continue; }
  for ((round = 1; round <= rounds; ++round)); do
    echo "$program, round $round of $rounds" >&2
    # Who goes first changes: the second one finds warm caches.
    if ((round % 2)); then
      measure "$base" base "$program" "$round"
      measure "$new" new "$program" "$round"
    else
      measure "$new" new "$program" "$round"
      measure "$base" base "$program" "$round"
    fi
  done
done

echo "| benchmark | base, us | new, us | ratio | quartiles |"
echo "|---|---|---|---|---|"
awk -F '\t' -v limit="$limit" '
  # The value at a share of a sorted list, between neighbours.
  function at(list, n, share,   place, low) {
    place = 1 + (n - 1) * share
    low = int(place)
    return low >= n ? list[n] : list[low] + (place - low) * (list[low + 1] - list[low])
  }
  function sort(list, n,   i, j, v) {
    for (i = 2; i <= n; ++i) {
      v = list[i]
      for (j = i - 1; j > 0 && list[j] > v; --j) list[j + 1] = list[j]
      list[j + 1] = v
    }
  }
  {
    row = substr($1, 7) ": " $2
    if (!(row in seen)) { seen[row] = 1; order[++rows] = row }
    time[row, $3, $4] = $5
    if ($4 > rounds) rounds = $4
  }
  END {
    for (r = 1; r <= rows; ++r) {
      row = order[r]
      n = 0
      for (k = 1; k <= rounds; ++k)
        if ((row, "base", k) in time && (row, "new", k) in time) {
          b[++n] = time[row, "base", k]
          w[n] = time[row, "new", k]
          q[n] = w[n] / b[n]
        }
      if (n == 0) { printf "| %s | | | only in one build | |\n", row; continue }
      sort(b, n); sort(w, n); sort(q, n)
      slower = at(q, n, 0.25) > limit
      found += slower
      printf "| %s | %.4g | %.4g | %.3f%s | %.3f to %.3f |\n", row, at(b, n, 0.5) / 1e3, at(w, n, 0.5) / 1e3, at(q, n, 0.5),
             slower ? " slower" : "", at(q, n, 0.25), at(q, n, 0.75)
    }
    exit found > 0
  }' "$work/rows"
