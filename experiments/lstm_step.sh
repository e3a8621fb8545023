#!/usr/bin/env bash
# One step of LG's captioning LSTM unit on `hermes`, in both read modes: the table of docs/model/recurrent.md as KEY VALUE lines.
# The layer's own events, and what its cores take while it lasts. The host's links are not in it: its 252 bytes per core take
# 4 + 251 clocks of 2.5 ns.
#   experiments/lstm_step.sh [PROGRAM]
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/common.sh
find_program "${1:-}"

for phases in 1 4; do
  "$program" simulate zoo:lstm504 --random-weights --data none --chip hermes --set "crossbar.read_mode=$phases-phase" --json |
    jq -r --arg p "${phases}phase" 'def tenth: . * 10 | round / 10;
      (.layers[] | select(.name == "lstm")) as $l |
      ($l.energy_by_component_nj | del(.static, .host)) as $events |
      ($l.latency_ns - 2.5 * (4 + 251)) as $time |
      (($l.cores | length) * 49.2e-3 * $time) as $waiting |
      "lstm504.latency_ns.\($p) \($time | tenth)",
      "lstm504.energy_nj.\($p) \(([$events[]] | add) + $waiting | tenth)",
      ($events | to_entries[] | "  \(.key) \(.value | tenth)"), "  waiting \($waiting | tenth)"'
done
