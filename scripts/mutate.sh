#!/usr/bin/env bash
# Plants the faults of tests/mutation/faults.txt one at a time in a copy of the sources (build/mutation), rebuilds the tests
# that should notice, and says which did. Arguments: names of faults (default: all).
#   JOBS=1 scripts/mutate.sh drift-the-other-way alpha-upside-down
# Exit code 1 if a fault survives, does not build, or has no place left to go.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=${JOBS:-$(nproc)}
copy=$PWD/build/mutation
build=$copy/build/release
names=() files=() from=() to=() by=()
while IFS= read -r line; do
  key=${line%% *} value=${line#* }
  case $key in
    fault) names+=("$value") files+=("") from+=("") to+=("") by+=("") ;;
    file) files[-1]=$value ;;
    from) from[-1]=$value ;;
    to) to[-1]=$value ;;
    by) by[-1]+="$value"$'\n' ;;
  esac
done <tests/mutation/faults.txt

wanted() {  # is fault $1 asked for?
  [ ${#asked[@]} -eq 0 ] && return 0
  local name
  for name in "${asked[@]}"; do [ "$name" = "$1" ] && return 0; done
  return 1
}
asked=("$@")
for name in "${asked[@]}"; do
  printf '%s\n' "${names[@]}" | grep -qxF -- "$name" || { echo "mutate.sh: error: no fault is called '$name'" >&2; exit 2; }
done

# The copy: what is another file there, or was changed by a run that was interrupted.
mkdir -p "$copy"
sources() { git ls-files -z --cached --others --exclude-standard; }
sums() { sources | (cd "$1" && xargs -0 sha1sum 2>/dev/null | sort || true); }
while read -r _ file; do
  install -D -m "$(stat -c %a "$file")" "$file" "$copy/$file"
done < <(comm -23 <(sums .) <(sums "$copy"))

make_tests() { cmake --build "$build" -j "$jobs" --target "$@" >"$copy/build.log" 2>&1; }
passes() {  # executable, filter
  local program
  program=$(find "$build/tests" -name "$1" -type f -perm -u+x)
  (cd "$copy" && timeout 300 "$program" --gtest_brief=1 --gtest_filter="$2" >"$copy/test.log" 2>&1)
}

targets=() pairs=
for i in "${!names[@]}"; do
  wanted "${names[$i]}" || continue
  pairs+=${by[$i]}
done
pairs=$(sort -u <<<"$pairs" | sed '/^$/d')
mapfile -t targets < <(cut -d' ' -f1 <<<"$pairs" | sort -u)
echo "Building ${#targets[@]} test executables in build/mutation ..."
# shellcheck disable=SC2086
cmake -S "$copy" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DPHASECORE_TRAIN=OFF -DPHASECORE_BENCH=OFF ${CMAKE_ARGUMENTS:-} \
  >"$copy/configure.log" 2>&1 || { cat "$copy/configure.log" >&2; exit 1; }
make_tests "${targets[@]}" || { tail -n 40 "$copy/build.log" >&2; exit 1; }
while read -r program filter; do
  passes "$program" "$filter" || { echo "mutate.sh: error: $program $filter fails without a fault" >&2; tail -n 20 "$copy/test.log" >&2; exit 1; }
done <<<"$pairs"

ran=0 found=0
for i in "${!names[@]}"; do
  wanted "${names[$i]}" || continue
  ran=$((ran + 1))
  file=${files[$i]}
  text=$(cat "$copy/$file"; printf x)  # the x keeps what ends in a new line
  text=${text%x}
  rest=${text//"${from[$i]}"/}
  if [ $((${#text} - ${#rest})) -ne ${#from[$i]} ]; then
    echo "NO PLACE         ${names[$i]}: the text does not stand exactly once in $file"
    continue
  fi
  trap 'cp "$file" "$copy/$file"' EXIT
  printf '%s' "${text/"${from[$i]}"/"${to[$i]}"}" >"$copy/$file"
  verdict="SURVIVED        "
  while read -r program filter; do
    [ -n "$program" ] || continue
    if ! make_tests "$program"; then verdict="DOES NOT BUILD  "; break; fi
    if ! passes "$program" "$filter"; then verdict="found           "; found=$((found + 1)); break; fi
  done <<<"${by[$i]}"
  cp "$file" "$copy/$file"
  trap - EXIT
  echo "$verdict ${names[$i]}"
done
echo "$found of $ran faults found"
[ "$found" -eq "$ran" ]
