#!/usr/bin/env bash
# How well does a network of spoken digits know a voice that it has never heard, and what is left of that on drifting devices?
# Once for each speaker the network is trained without that speaker, plainly and hardware-aware, and tested on all of that
# speaker's recordings, as Markdown on stdout.
#   experiments/unknown_speaker.sh [--recipe NAME] [--data DIR] [--out DIR] [--program PHASECORE] [--trainer PHASECORE-TRAIN]
# NAME: ds-cnn-digits (default), lstm-digits or gru-digits; NAME-hwa goes on from it. --data: the recordings (docs/data.md),
# default results/spoken-digits. What is trained is kept in --out, default results/unknown-speaker, and interrupted, it goes on
# where it was. Takes ten CPU minutes.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/common.sh
recipe=ds-cnn-digits data=results/spoken-digits out=results/unknown-speaker program=build/release/app/phasecore trainer=
take_options "recipe data out program trainer" "$@"
find_program "$program"
find_trainer "$trainer"
[ -f "configs/training/$recipe-hwa.yaml" ] || refuse 2 "there is no configs/training/$recipe-hwa.yaml"
[ -d "$data" ] || refuse 3 "there is no $data (docs/data.md)"
mkdir -p "$out"

trained() { # FILE RECIPE DATA [ASSIGNMENT]: trains it unless it is there
  [ -e "$1" ] && return
  local resume=()
  [ -e "$1.checkpoint" ] && resume=(--resume)
  "$trainer" "configs/training/$2.yaml" --set "data=$3" ${4:+--set "$4"} --out "$1" "${resume[@]}" >"$1.log" 2>&1 ||
    { tail -n 5 "$1.log" >&2; refuse 1 "$2 was not trained; $1.log says more"; }
}

row() { # NAME SPEAKER MODEL DATA RECORDINGS
  "$program" simulate "$3" --data "$4" --chip hermes-mesh --device hermes-2 --compensation gdc --times 1s,1d,30d \
    --samples "$5" --instances 8 --layer-samples 0 --json 2>"$out/simulate.err" |
    jq -r --arg name "$1" --arg speaker "$2" 'def pp: . * 1000 | round / 10;
      "| \($name) | \($speaker) | \(.accuracy.samples) | \(.accuracy.float | pp) | " +
      ([.accuracy.points[] | "\(.mean | pp) (\(.ci95_low | pp) .. \(.ci95_high | pp))"] | join(" | ")) + " |"' ||
    { cat "$out/simulate.err" >&2; exit 1; }
}

speakers=$(find -L "$data" -name '*_*_*.wav' -printf '%f\n' | cut -d_ -f2 | sort -u)
echo "| network | unknown speaker | recordings | digital | 1 s | 1 d | 30 d |"
echo "|---|---|---|---|---|---|---|"
for speaker in $speakers; do
  set="spoken-digits-without:$speaker:$data"
  plain="$out/$recipe-$speaker.onnx" aware="$out/$recipe-hwa-$speaker.onnx"
  trained "$plain" "$recipe" "$set"
  trained "$aware" "$recipe-hwa" "$set" "start_from=$plain"
  recordings=$(find -L "$data" -name "*_${speaker}_*.wav" | wc -l)
  row "$recipe" "$speaker" "$plain" "$set" "$recordings"
  row "$recipe-hwa" "$speaker" "$aware" "$set" "$recordings"
done
