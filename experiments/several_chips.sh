#!/usr/bin/env bash
# The table "Several chips" of docs/mapping.md, as Markdown on stdout: networks that one `hermes-mesh` of 64 cores cannot hold
# one-to-one, on as many chips in a row as their one-to-one cores take, mapped one-to-one and for throughput; and packed into
# full crossbars (`cores`, `mapping.tiling=ceil`) on as many as that takes.
#   experiments/several_chips.sh [PROGRAM] [NETWORK...]     default: the table's
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/common.sh
find_program "${1:-}"
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- mobilenet-v1-vww mobilenet-v2-vww mcunet-like mobilenet-v1-cifar mobilenet-v2-cifar wide-resnet-16-4 \
  wide-resnet-16-8 vgg8 resnet18 resnet50 wide-resnet-50-2 mobilenet-v2 densenet121 vgg16

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

link="row: 4, link_clock_ps: 1000, link_bytes_per_cycle: 16, link_latency_cycles: 20, link_pj_per_byte: 8"

# Networks of 224 x 224 pixels keep lines that do not fit 64 KiB, and so do packed ones.
memory() { # NETWORK OBJECTIVE
  case $1,$2 in *,cores | resnet18,* | resnet50,* | wide-resnet-50-2,* | densenet121,* | vgg16,* | mobilenet-v2,*) echo 262144 ;; *) echo 65536 ;; esac
}

settings() { # OBJECTIVE CHIPS: sets `options`
  options=(--set "mapping.objective=$1")
  [ "$1" != cores ] || options+=(--set mapping.tiling=ceil)
  [ "$2" = 1 ] || options+=(--set "chips={count: $2, $link}")
}

cores() { # NETWORK OBJECTIVE: how many it takes where there are enough
  settings "$2" 64
  "$program" map "zoo:$1" "${options[@]}" --set memory.bytes=1048576 --json | jq .cores_used
}

row() { # NETWORK ONE-TO-ONE-CORES OBJECTIVE CHIPS
  settings "$3" "$4"
  "$program" simulate "zoo:$1" --random-weights --data none "${options[@]}" \
    --set "memory.bytes=$(memory "$1" "$3")" --json >"$work/out" 2>"$work/err" ||
    { echo "| $1 | $2 | $4 | $3 | $(grep -m1 error "$work/err") |"; return; }
  jq -r --arg n "$1" --arg c "$2" --arg k "$4" --arg o "$3" 'def us: . / 1e3 * 100 | round / 100;
    ([.links[]? | select((.from >= 0) and (.to >= 0) and (((.from / 64) | floor) != ((.to / 64) | floor))) | .flits] | add // 0) as $flits |
    "| \($n) | \($c) | \($k) | \($o) | \(.mapping.cores_used) | \(.totals.latency_ns | us) | \(.totals.interval_ns | us) | \(.totals.energy_steady_nj | us) | \($flits) |"' "$work/out"
}

echo "| network | one-to-one cores | chips | mapping | cores used | latency, us | interval, us | energy, uJ | flits between chips |"
echo "|---|---|---|---|---|---|---|---|---|"
for name in "$@"; do
  alone=$(cores "$name" one-to-one)
  packed=$(cores "$name" cores)
  row "$name" "$alone" one-to-one $(((alone + 63) / 64))
  row "$name" "$alone" throughput $(((alone + 63) / 64))
  row "$name" "$alone" cores $(((packed + 63) / 64))
done
