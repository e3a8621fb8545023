# Sourced by scripts that run the built programs.

refuse() { # STATUS MESSAGE: ends the script
  echo "$(basename "$0"): error: $2" >&2
  exit "$1"
}

# Sets the variable of each option given: --out DIR sets `out`. All options have a value.
take_options() { # "NAME..." [ARGUMENT...]
  local names=$1 name
  shift
  while [ $# -gt 0 ]; do
    name=${1#--}
    [[ $1 == --* && " $names " == *" $name "* ]] || refuse 2 "'$1'; allowed are$(printf ' --%s' $names)"
    [ $# -gt 1 ] || refuse 2 "$1 needs a value"
    printf -v "$name" %s "$2"
    shift 2
  done
}

# Sets `program` to the one named, else to a build of the demo or of the tests, and checks that jq is there.
find_program() { # [PROGRAM]
  program=${1:-}
  local built
  for built in build/demo/app/phasecore build/release/app/phasecore; do
    [ -z "$program" ] && [ -x "$built" ] && program=$built
  done
  [ -x "$program" ] || refuse 3 "there is no program${program:+ $program}; build it (scripts/demo.sh) or name it"
  command -v jq >/dev/null || refuse 3 "needs jq (Debian package jq)"
}

# Sets `trainer` likewise.
find_trainer() { # [TRAINER]
  trainer=${1:-build/release/nas/train/phasecore-train}
  [ -x "$trainer" ] || refuse 3 "there is no $trainer; build it (scripts/test.sh) or name it"
}
