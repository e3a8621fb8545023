#!/usr/bin/env bash
# The tables of docs/claims.md, as Markdown on stdout: what networks for CIFAR-10 keep of their accuracy on drifting devices.
#   experiments/claims.sh TABLE DIR [PROGRAM]
# DIR: the folder with CIFAR-10's binary files, seen from the source tree. PROGRAM: default build/release/app/phasecore. TABLE is one of
#   chip      the 64-core chip's own ResNet-9, error by error, beside what was measured on the chip
#   networks  networks for CIFAR-10, made by hand and found by the search cifar-mesh, on hermes-mesh
#   host      the same where only matrix-vector products are on the chip, layer to layer through the host
# IMAGES (default 2000) of the test images x INSTANCES (default 8) programmings. Networks that are not shipped are left out, and
# said so; NETWORKS="found475 resnet8" names those of a table. `chip` takes some 15 CPU minutes, the others some 5 for each network,
# 20 for ResNet-9 and 2 for found ones.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() { sed -n '2,10s/^# //p' "$0" >&2; exit 2; }
[ $# -ge 2 ] && [ $# -le 3 ] || usage
table=$1 data=$2 images=${IMAGES:-2000} instances=${INSTANCES:-8}
. scripts/common.sh
find_program "${3:-build/release/app/phasecore}"
[ -f "$data/test_batch.bin" ] || refuse 2 "'$data' has no test_batch.bin"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

shipped() { # NAME
  [ -e "models/zoo/$1.onnx" ] && return
  echo "claims.sh: no zoo:$1: left out" >&2
  return 1
}

report() { # MODEL [OPTIONS]: the report, accuracies after 1 s, an hour, a day and 30 days
  local model=$1
  shift
  "$program" simulate "$model" --data "cifar10:$data" --samples "$images" --instances "$instances" --times 1s,1h,1d,30d \
    --layer-samples 0 --json "$@" 2>"$work/err" || { cat "$work/err" >&2; return 1; }
}

# jq: percent with its interval.
percent='def pp: . * 10000 | round / 100;
  def between: "\(.mean | pp) (\(.ci95_low | pp) .. \(.ci95_high | pp))";'

# jq: points lost against float, and published.
lost='def lost($accuracy; $published): "\((.accuracy.float - $accuracy) | pp) | \($published) | \((93.67 - $published) * 100 | round / 100)";'

chip_row() { # DEVICE ERRORS PUBLISHED [OPTIONS]
  local device=$1 errors=$2 published=$3
  shift 3
  report zoo:resnet9-cifar10-hwa --chip hermes --device "$device" --compensation gdc "$@" |
    jq -r --arg device "$device" --arg errors "$errors" --argjson published "$published" "$percent$lost"'
      "| \($device) | \($errors) | \(.accuracy.points[0] | between) | \(.accuracy.points[0].std | pp) | \(lost(.accuracy.points[0].mean; $published)) | \(.accuracy.points[2] | between) |"'
}

# Published: Le Gallo et al., arXiv 2212.02872.
chip() {
  shipped resnet9-cifar10-hwa || return 0
  echo "| devices | errors | 1 s | deviation over programmings | points lost | published | points lost there | 1 d |"
  echo "|---|---|---|---|---|---|---|---|"
  report zoo:resnet9-cifar10-hwa --chip hermes --device hermes-2 |
    jq -r "$percent$lost"'"| - | none (float) | \(.accuracy.float | pp) | | | 93.67 | | |\n| - | codes | \(.accuracy.quantized | pp) | | \(lost(.accuracy.quantized; 93.43)) | |"'
  chip_row hermes-2 "codes and devices" 93.18 --set adc.law=linear --set adc.output_noise=0
  chip_row hermes-2 all 92.81
  chip_row hermes-1 "codes and devices" 92.49 --set adc.law=linear --set adc.output_noise=0
  chip_row hermes-1 all 92.23
}

network_row() { # NAME COMPENSATION [OPTIONS]
  local name=$1 compensation=$2
  shift 2
  report "zoo:$name" --chip hermes-mesh --device hermes-2 --compensation "$compensation" "$@" |
    jq -r --arg name "$name" --arg compensation "$compensation" "$percent"'
      def us: . / 10 | round / 100;
      "| \($name) | \(.model.parameters) | \($compensation) | \(.accuracy.float | pp) | " +
      ([.accuracy.points[] | between] | join(" | ")) +
      " | \(.accuracy.avm_pp * 100 | round / 100) (\(.accuracy.avm_pp_ci95_low * 100 | round / 100) .. \(.accuracy.avm_pp_ci95_high * 100 | round / 100)) | \(.accuracy.points[2].std | pp) | \(.totals.latency_ns | us) | \(.totals.energy_nj | us) | \(.mapping.cores_used) |"'
}

networks() { # [OPTIONS]
  echo "| network | parameters | compensation | digital | 1 s | 1 h | 1 d | 30 d | AVM, points | deviation at 1 d | latency, us | energy, uJ | cores |"
  echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
  for name in ${NETWORKS:-resnet8 resnet20 resnet32 resnet9 found221 found475}; do
    for kind in "" -hwa; do
      shipped "$name-cifar10$kind" || continue
      for compensation in gdc adabs; do network_row "$name-cifar10$kind" "$compensation" "$@"; done
    done
  done
}

case $table in
  chip) chip ;;
  networks) networks ;;
  host) networks --set host.interlayer=host ;;
  *) usage ;;
esac
