#!/usr/bin/env bash
# The table "Several chips" of docs/mapping.md, as Markdown on stdout: networks that one `hermes-mesh` of 64 cores cannot hold
# one-to-one, on as many chips in a row as their one-to-one cores take, mapped one-to-one and for throughput.
#   experiments/several_chips.sh [PROGRAM] [NETWORK...]     default: the table's
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/find_program.sh
find_program several_chips.sh "${1:-}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- mobilenet-v1-vww mobilenet-v2-vww mcunet-like mobilenet-v1-cifar mobilenet-v2-cifar wide-resnet-16-4 \
  wide-resnet-16-8 vgg8 resnet18 resnet50 mobilenet-v2 densenet121

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

link="row: 4, link_clock_ps: 1000, link_bytes_per_cycle: 16, link_latency_cycles: 20, link_pj_per_byte: 8"

# Networks of 224 x 224 pixels keep lines that do not fit 64 KiB.
memory() { case $1 in resnet18 | resnet50 | wide-resnet-50-2 | densenet121 | vgg16 | mobilenet-v2) echo 262144 ;; *) echo 65536 ;; esac; }

echo "| network | one-to-one cores | chips | mapping | cores used | latency, us | interval, us | energy, uJ | flits between chips |"
echo "|---|---|---|---|---|---|---|---|---|"
for name in "$@"; do
  cores=$("$program" inspect "zoo:$name" --set "chips={count: 16, $link}" --set mapping.objective=one-to-one \
    --set memory.bytes=1048576 --json | jq .mapping.cores_used)
  chips=$(((cores + 63) / 64))
  for objective in one-to-one throughput; do
    "$program" simulate "zoo:$name" --random-weights --data none --set "mapping.objective=$objective" \
      --set "memory.bytes=$(memory "$name")" --set "chips={count: $chips, $link}" --json >"$work/out" 2>"$work/err" ||
      { echo "| $name | $cores | $chips | $objective | $(head -1 "$work/err") |"; continue; }
    jq -r --arg n "$name" --arg c "$cores" --arg k "$chips" --arg o "$objective" 'def us: . / 1e3 * 100 | round / 100;
      ([.links[]? | select((.from >= 0) and (.to >= 0) and (((.from / 64) | floor) != ((.to / 64) | floor))) | .flits] | add // 0) as $flits |
      "| \($n) | \($c) | \($k) | \($o) | \(.mapping.cores_used) | \(.totals.latency_ns | us) | \(.totals.interval_ns | us) | \(.totals.energy_steady_nj | us) | \($flits) |"' "$work/out"
  done
done
