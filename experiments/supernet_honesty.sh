#!/usr/bin/env bash
# Is the supernet honest? Networks spread over its space are trained alone, hardware-aware, and compared with the weights
# they inherit: accuracy digital and one day after programming on hermes-2, rank correlation with intervals. docs/supernet.md
# explains and has the figures.
#   experiments/supernet_honesty.sh [--supernet NAME] [--networks N] [--workers N] [--out DIR] [--program PHASECORE]
#                                   [--trainer PHASECORE-TRAIN]
# NAME: fmnist (default) or cifar10: of zoo:supernet-NAME and configs/training/alone-NAME.yaml. cifar10 needs the folder
# cifar-10-batches-bin (docs/data.md) or a link to it in the source tree.
# DIR: default results/honesty (cifar10: results/honesty-cifar10); a directory belongs to one supernet.
# Takes about 3 CPU-hours with 24 networks of fmnist. Interrupted, it goes on where it was: what is there in DIR is kept. When one
# network fails, no other is begun, those under way are finished, and the script fails.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/common.sh
networks=24 workers=1 out= supernet=fmnist program=build/release/app/phasecore trainer=
take_options "supernet networks workers out program trainer" "$@"
[[ $networks =~ ^[1-9][0-9]*$ ]] || refuse 2 "--networks is '$networks'; allowed is 1 or more"
[[ $workers =~ ^[1-9][0-9]*$ ]] || refuse 2 "--workers is '$workers'; allowed is 1 or more"
recipe=configs/training/alone-$supernet.yaml
[ -f "$recipe" ] || refuse 2 "--supernet is '$supernet'; there is no $recipe"
find_program "$program"
find_trainer "$trainer"

if [ -z "$out" ]; then
  out=results/honesty
  [ "$supernet" = fmnist ] || out+=-$supernet
fi
mkdir -p "$out/alone"
# Directories of before there was a choice name none: theirs is fmnist.
[ -d "$out/inherited" ] && [ ! -e "$out/supernet" ] && echo fmnist >"$out/supernet"
[ -e "$out/supernet" ] || echo "$supernet" >"$out/supernet"
[ "$(cat "$out/supernet")" = "$supernet" ] ||
  refuse 2 "$out is of supernet-$(cat "$out/supernet"); give another --out"
rounded=()
# As when the published figures were measured.
[ "$supernet" = fmnist ] && rounded=(--set hardware.interlayer=host --set hardware.logits_fp16=false)
[ -d "$out/inherited" ] || "$program" cut "zoo:supernet-$supernet" --spread "$networks" --seed 1 --out "$out/inherited"
# Another number spreads other networks: their numbers would not fit what is trained already.
there=$(($(wc -l <"$out/inherited/networks.csv") - 1))
[ "$there" -eq "$networks" ] ||
  refuse 2 "$out/inherited has $there networks, not $networks; give --networks $there, or another --out"

simulated() { # MODEL IMAGES PROGRAMMINGS TIME: the report
  # Some of the networks need more than 64 cores; where a core stands makes no difference to accuracy.
  "$program" simulate "$1" --chip hermes-mesh --set 'grid={columns: 16, rows: 16}' --device hermes-2 \
    --samples "$2" --instances "$3" --times "$4" --layer-samples 0 --json
}

accuracy() { # MODEL: digital accuracy, that after one day with its standard error, separated by commas
  local digital
  digital=$(simulated "$1" 10000 1 1s | jq -r .accuracy.float) || return
  simulated "$1" 2000 8 1d | jq -r --argjson digital "$digital" \
    '.accuracy | [$digital, .points[0].mean, (.points[0].ci95_high - .points[0].ci95_low) / 3.92] | join(",")'
}

complete() { # TEXT: six numbers, separated by commas
  [[ $1 =~ ^[0-9][0-9.eE+-]*(,[0-9][0-9.eE+-]*){5}$ ]]
}

one() { # NUMBER GENES
  local number=$1 genes=$2 inherited own
  local alone=$out/alone/$1
  [ -e "$alone.csv" ] && complete "$(cat "$alone.csv")" && return
  local resume=()
  [ -e "$alone.onnx.checkpoint" ] && resume=(--resume)
  [ -e "$alone.onnx" ] || "$trainer" "$recipe" --set "network.genes=$genes" "${rounded[@]}" \
    --out "$alone.onnx" "${resume[@]}" >"$alone.jsonl" 2>"$alone.log" || refuse 1 "network $number: see $alone.log"
  # One by one: of "$(a),$(b)" only the status of the last would count.
  inherited=$(accuracy "$out/inherited/$number.onnx")
  own=$(accuracy "$alone.onnx")
  complete "$inherited,$own" || refuse 1 "network $number: accuracies are '$inherited,$own'; expected six numbers"
  echo "$inherited,$own" >"$alone.csv.part"
  mv "$alone.csv.part" "$alone.csv"
  echo "network $number: $inherited,$own" >&2
}

declare -A running=() # process -> network
failed=()

collect() { # waits until a network is done, and takes the status of each that is
  local pid
  wait -n || true # some process has ended; which one, and how, is asked below
  for pid in "${!running[@]}"; do
    kill -0 "$pid" 2>/dev/null && continue
    wait "$pid" || failed+=("${running[$pid]}")
    unset "running[$pid]"
  done
}

while IFS=, read -r file parameters macs genes; do
  [ "$file" = network ] && continue
  one "${file%.onnx}" "$genes" </dev/null &
  running[$!]=${file%.onnx}
  while [ "${#running[@]}" -ge "$workers" ]; do collect; done
  [ "${#failed[@]}" -eq 0 ] || break
done <"$out/inherited/networks.csv"
while [ "${#running[@]}" -gt 0 ]; do collect; done
[ "${#failed[@]}" -eq 0 ] || refuse 1 "failed: ${failed[*]}; what is done is kept, the same command goes on"

{
  echo "network,parameters,macs,inherited,inherited_1d,inherited_1d_error,alone,alone_1d,alone_1d_error,genes"
  while IFS=, read -r file parameters macs genes; do
    [ "$file" = network ] || echo "${file%.onnx},$parameters,$macs,$(cat "$out/alone/${file%.onnx}.csv"),$genes"
  done <"$out/inherited/networks.csv"
} >"$out/honesty.csv"
awk -f experiments/kendall.awk "$out/honesty.csv"
