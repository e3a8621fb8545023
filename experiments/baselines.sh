#!/usr/bin/env bash
# The tables of docs/baselines.md: every definition of the zoo on the three shipped chips, as Markdown on stdout.
#   experiments/baselines.sh [PROGRAM]     default build/demo/app/phasecore, then build/release/app/phasecore
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/common.sh
find_program "${1:-}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The program itself lists its definitions when asked for one that does not exist.
"$program" inspect zoo:? 2>"$work/names" >/dev/null || true
names=$(sed -n 's/.*; definitions: \([^;]*\).*/\1/p' "$work/names" | tr -d ',')
[ -n "$names" ] || refuse 1 "no definitions; the program says: $(cat "$work/names")"

# What a refusal says, in a few words; anything but a refusal ends the script.
refusal() { # FILE EXIT_CODE
  if [ "$2" = 2 ] && grep -q 'needs [0-9]* cores' "$1"; then
    echo "does not fit: needs $(sed -n '1s/.*needs \([0-9]*\) cores.*/\1/p' "$1") cores"
  elif [ "$2" = 2 ] && grep -q 'needs larger input buffers' "$1"; then
    echo "does not fit: a core needs $(awk 'NR > 3 && $NF > m { m = $NF } END { print m }' "$1") bytes of memory"
  else
    cat "$1" >&2
    return 1
  fi
}

echo "| network | input | parameters | MMAC |"
echo "|---|---|---|---|"
for name in $names; do
  # A chip of 1024 cores holds them all; only the network's own figures are used.
  "$program" inspect "zoo:$name" --chip analog-fabric-48 --set grid.rows=32 --set grid.columns=32 --json |
    jq -r '"| \(.model.name) | \(.model.input | map(tostring) | join("x")) | \(.model.parameters) | \(([.layers[].macs] | add) / 1e6 * 1000 | round / 1000) |"'
done

for chip in hermes hermes-mesh analog-fabric-48; do
  printf '\n### `%s`\n\n' "$chip"
  echo "| network | cores | latency, us | interval, us | energy, uJ | energy in steady state, uJ |"
  echo "|---|---|---|---|---|---|"
  for name in $names; do
    code=0
    "$program" simulate "zoo:$name" --random-weights --chip "$chip" --json >"$work/out" 2>"$work/err" || code=$?
    if [ "$code" = 0 ]; then
      jq -r 'def us: . / 1e3 * 100 | round / 100;
             (if any(.warnings[]; startswith("interval_ns is not constant")) then " (not constant yet)" else "" end) as $late |
             "| \(.model.name) | \(.mapping.cores_used) | \(.totals.latency_ns | us) | \(.totals.interval_ns | us)\($late) | \(.totals.energy_nj | us) | \(.totals.energy_steady_nj | us) |"' "$work/out"
    else
      echo "| $name | $(refusal "$work/err" "$code") | | | | |"
    fi
  done
done
