#!/usr/bin/env bash
# Networks as points beside a front of configs/searches/fashion-mesh.yaml: accuracy@1d, latency_ns and energy_nj of each MODEL as
# a CSV file on stdout, for `phasecore compare FRONT.csv POINTS.csv`. Chip, devices and compensation are those of that search;
# accuracies are of the first 2,000 test images x 8 programmings (that search's own front: 1,000 x 4).
#   experiments/points.sh PROGRAM MODEL...     for example build/demo/app/phasecore zoo:resnet8-fmnist-hwa
set -euo pipefail
. "$(dirname "$0")/../scripts/common.sh"
[ $# -ge 2 ] || refuse 2 "give PROGRAM MODEL..."
find_program "$1"
shift

echo "id,network,accuracy@1d,accuracy@1d.error,latency_ns,energy_nj"
id=0
for model in "$@"; do
  id=$((id + 1))
  "$program" simulate "$model" --chip hermes-mesh --device hermes-2 --compensation gdc --times 1d --samples 2000 --instances 8 \
    --seed 1 --layer-samples 0 --json 2>/dev/null |
    jq -r --arg id "$id" '[$id, .model.name, .accuracy.points[0].mean,
      (.accuracy.points[0].ci95_high - .accuracy.points[0].ci95_low) / 3.92, .totals.latency_ns, .totals.energy_nj] | map(tostring) | join(",")'
done
