# Sourced by scripts that run the built program: sets `program` to the one named, else to a build of the demo or of the tests,
# and checks that jq is there.
find_program() { # NAME_OF_THE_SCRIPT [PROGRAM]
  program=${2:-}
  local built
  for built in build/demo/app/phasecore build/release/app/phasecore; do
    [ -z "$program" ] && [ -x "$built" ] && program=$built
  done
  [ -x "$program" ] || { echo "$1: error: no program; build it (scripts/demo.sh) or name it" >&2; exit 3; }
  command -v jq >/dev/null || { echo "$1: error: needs jq (Debian package jq)" >&2; exit 3; }
}
