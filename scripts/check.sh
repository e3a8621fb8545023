#!/usr/bin/env bash
# Everything but the results: layout, commit messages, clang-tidy on changed files, warnings as errors, include directions, and
# the tests of the code that reads foreign input or handles processes under sanitizers. Says what failed at the end.
#   scripts/check.sh
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh check
mkdir -p build
failed=()
check() { # NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@" || failed+=("$name")
  echo "   $((SECONDS - start)) s"
}

# What "changed" is counted from: the commit in which this branch left main. On main itself, and in a clone that has no
# main, the last 10 commits: so a change is looked at whoever checks it, and the same commit is always judged alike.
last_commits=10
since='' is_branch=false
for main in main origin/main master origin/master; do
  since=$(git merge-base HEAD "$main" 2>/dev/null) || continue
  [ "$since" != "$(git rev-parse HEAD)" ] && is_branch=true && break
done
$is_branch || since=$(git rev-list --first-parent --max-count=$((last_commits + 1)) HEAD | tail -n 1)
echo "Changes are counted from $(git log -1 --format='%h (%s)' "$since")"

layout() {
  git ls-files '*.cpp' '*.hpp' | xargs clang-format --dry-run -Werror
}

# Subjects have at most 72 characters. The rule is as old as this script; older commits stay as they are.
messages() {
  local rule long
  rule=$(git log --diff-filter=A --format=%H -- scripts/check.sh | tail -n 1)
  long=$(git log --no-merges --format='%h %s' "$since..HEAD" ${rule:+"^$rule"} | awk 'length($0) - length($1) - 1 > 72')
  [ -z "$long" ] || { echo "longer than 72 characters:"; echo "$long"; return 1; }
}

# Headers are looked at through their sources. The newest `most` changed files: about a quarter of a minute each on one core.
tidy() {
  local most=20 changed=() known
  { cmake --preset tidy && cmake --build build/tidy --target phasecore_generated; } >build/tidy.log 2>&1 || { cat build/tidy.log; return 1; }
  known=$(grep -o '"file": "[^"]*"' build/tidy/compile_commands.json | cut -d '"' -f 4)
  while read -r file; do
    [ -f "$file" ] && grep -qxF "$PWD/$file" <<<"$known" && changed+=("$file")
  done < <(git log --format= --name-only "$since..HEAD" -- '*.cpp' | awk '!seen[$0]++')
  [ ${#changed[@]} -gt 0 ] || { echo "no source file was changed"; return 0; }
  [ ${#changed[@]} -le $most ] || echo "note: ${#changed[@]} files were changed; the $most changed last are looked at"
  printf '%s\n' "${changed[@]:0:most}" | xargs -P "$(nproc)" -n 1 clang-tidy --quiet -p build/tidy 2>build/tidy.log
}

# Common, ONNX, data, archive, workers, and the readers against the fuzz corpus.
tested='common_diagnostics common_fields common_files common_process common_random common_table common_yaml onnx data archive
  evaluate architecture'
replayed='onnx yaml settings npy csv archive'
built() {
  cmake --preset ci >build/ci.log 2>&1 || { cat build/ci.log; return 1; }
  # shellcheck disable=SC2086
  cmake --build --preset ci --target $(printf 'test_%s ' $tested) $(printf 'replay_%s ' $replayed) >build/ci.log 2>&1 ||
    { tail -n 60 build/ci.log; return 1; }
}
sanitized() {
  ctest --preset ci -j "$(nproc)"
}

check "layout (clang-format)" layout
check "commit messages" messages
check "clang-tidy" tidy
check "build without warnings, with sanitizers (build/ci)" built
check "include directions, and tests under sanitizers" sanitized

if [ ${#failed[@]} -gt 0 ]; then
  printf 'check.sh: error: failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
echo "All checks passed in $SECONDS s"
