#!/usr/bin/env bash
# Is the supernet honest? Networks spread over its space are trained alone, hardware-aware, and compared with the weights
# they inherit: accuracy digital and one day after programming on hermes-2, rank correlation with intervals. docs/supernet.md
# explains and has the figures.
#   scripts/supernet_honesty.sh [--networks N] [--workers N] [--out DIR] [--program PHASECORE] [--trainer PHASECORE-TRAIN]
# Takes about 2 CPU-hours with 24 networks. Interrupted, it goes on where it was: what is there in DIR is kept.
set -euo pipefail
cd "$(dirname "$0")/.."

networks=24 workers=1 out=results/honesty supernet=zoo:supernet-fmnist
program=build/release/app/phasecore trainer=build/release/models/train/phasecore-train
while [ $# -gt 0 ]; do
  case $1 in
    --networks) networks=$2 ;;
    --workers) workers=$2 ;;
    --out) out=$2 ;;
    --program) program=$2 ;;
    --trainer) trainer=$2 ;;
    *) echo "supernet_honesty.sh: error: '$1'; allowed are --networks --workers --out --program --trainer" >&2; exit 2 ;;
  esac
  shift 2
done
command -v jq >/dev/null || { echo "supernet_honesty.sh: error: needs jq (Debian package jq)" >&2; exit 3; }
for needed in "$program" "$trainer"; do
  [ -x "$needed" ] || { echo "supernet_honesty.sh: error: there is no $needed; build the release preset or name it" >&2; exit 3; }
done

mkdir -p "$out/alone"
[ -d "$out/inherited" ] || "$program" cut "$supernet" --spread "$networks" --seed 1 --out "$out/inherited"

accuracy() { # MODEL: digital and 1-day accuracy with its standard error, separated by commas
  "$program" simulate "$1" --chip hermes-mesh --device hermes-2 --times 1d --samples 2000 --instances 8 --layer-samples 0 --json |
    jq -r '.accuracy | [.float, .points[0].mean, (.points[0].ci95_high - .points[0].ci95_low) / 3.92] | join(",")'
}

one() { # NUMBER GENES
  local number=$1 genes=$2
  [ -s "$out/alone/$number.csv" ] && return
  resume=(); [ -e "$out/alone/$number.onnx.checkpoint" ] && resume=(--resume)
  [ -e "$out/alone/$number.onnx" ] || "$trainer" configs/training/alone-fmnist.yaml \
    --set "network.genes=$genes" --out "$out/alone/$number.onnx" "${resume[@]}" >"$out/alone/$number.jsonl" 2>"$out/alone/$number.log"
  result="$(accuracy "$out/inherited/$number.onnx"),$(accuracy "$out/alone/$number.onnx")"
  echo "$result" >"$out/alone/$number.csv"
  echo "network $number: $result" >&2
}

running=0
while IFS=, read -r file parameters macs genes; do
  [ "$file" = network ] && continue
  one "${file%.onnx}" "$genes" &
  running=$((running + 1))
  if [ "$running" -ge "$workers" ]; then wait -n; running=$((running - 1)); fi
done <"$out/inherited/networks.csv"
wait

{
  echo "network,parameters,macs,inherited,inherited_1d,inherited_1d_error,alone,alone_1d,alone_1d_error,genes"
  while IFS=, read -r file parameters macs genes; do
    [ "$file" = network ] || echo "${file%.onnx},$parameters,$macs,$(cat "$out/alone/${file%.onnx}.csv"),$genes"
  done <"$out/inherited/networks.csv"
} >"$out/honesty.csv"
awk -f scripts/kendall.awk "$out/honesty.csv"
