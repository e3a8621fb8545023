#!/usr/bin/env bash
# What each shipped network keeps of its accuracy on drifting devices, plain against hardware-aware,
# as Markdown on stdout. Keywords need scripts/make_keywords.sh first, spoken digits a download (docs/data.md); without
# them their rows are left out, and said so.
#   experiments/zoo_accuracy.sh [PROGRAM]     default build/demo/app/phasecore, then build/release/app/phasecore
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/common.sh
find_program "${1:-}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

row() { # NAME MODEL IMAGES PROGRAMMINGS
  "$program" simulate "$2" --chip hermes-mesh --device hermes-2 --compensation gdc --times 1s,1h,1d,30d \
    --samples "$3" --instances "$4" --layer-samples 0 --json 2>/dev/null |
    jq -r --arg name "$1" 'def pp: . * 1000 | round / 10;
      "| \($name) | \(.model.parameters) | \(.accuracy.float | pp) | " +
      ([.accuracy.points[] | "\(.mean | pp) (\(.ci95_low | pp) .. \(.ci95_high | pp))"] | join(" | ")) + " |"'
}

echo "| network | parameters | digital | 1 s | 1 h | 1 d | 30 d |"
echo "|---|---|---|---|---|---|---|"
for name in resnet8-fmnist resnet20-fmnist; do
  row "$name" "zoo:$name" 2000 8
  row "$name-hwa" "zoo:$name-hwa" 2000 8
done
for name in ds-cnn-fmnist ds-cnn-fmnist-hwa; do row "$name" "zoo:$name" 2000 16; done  # programmings differ most here
if [ -d results/keywords ]; then
  row ds-cnn-keywords zoo:ds-cnn-keywords 960 8
  row ds-cnn-keywords-hwa zoo:ds-cnn-keywords-hwa 960 8
else
  echo "zoo_accuracy.sh: no results/keywords: ds-cnn-keywords left out" >&2
fi
if [ -d results/spoken-digits ]; then
  for name in {ds-cnn,lstm,gru}-digits{,-hwa}; do row "$name" "zoo:$name" 300 8; done
else
  echo "zoo_accuracy.sh: no results/spoken-digits: ds-cnn-digits, lstm-digits and gru-digits left out" >&2
fi
# Of the supernet: MLPerf Tiny's ResNet-8 and one of the large networks it was trained with.
resnet8="stem_width=16 stem_kernel=3 stem_stride=1 stages=3"
large="stem_width=32 stem_kernel=5 stem_stride=2 stages=4"
widths=(16 32 64) blocks=(1 2 1 1) large_widths=(48 64 64 64)
for s in 1 2 3; do
  resnet8+=" stage$s.blocks=1 stage$s.width=${widths[s - 1]} stage$s.kernel=3 stage$s.branches=1 stage$s.type=basic"
done
for s in 1 2 3 4; do
  large+=" stage$s.blocks=${blocks[s - 1]} stage$s.width=${large_widths[s - 1]} stage$s.kernel=3 stage$s.branches=1 stage$s.type=basic"
done
"$program" cut zoo:supernet-fmnist --genes "$resnet8" --out "$work/resnet8.onnx" >/dev/null
"$program" cut zoo:supernet-fmnist --genes "$large" --out "$work/large.onnx" >/dev/null
row "supernet-fmnist: ResNet-8" "$work/resnet8.onnx" 2000 8
row "supernet-fmnist: a large one" "$work/large.onnx" 2000 8
