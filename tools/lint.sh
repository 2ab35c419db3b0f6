#!/bin/sh
# Formatting, static analysis, layers, generated man page, shell scripts.
set -u
cd "$(dirname "$0")/.." || exit 2
bad=0
step() {
    name=$1
    shift
    if "$@"; then echo "ok    $name"; else echo "FAIL  $name"; bad=1; fi
}

sources=$(git ls-files -co --exclude-standard 'src/*.[ch]' 'include/*.h' \
    'tests/*.[ch]' 'bench/*.[ch]' 'examples/*.c' 'examples/*.cpp')
# shellcheck disable=SC2086
step clang-format clang-format --dry-run -Werror $sources
step layers tools/check-layers.sh .
step shellcheck sh -c 'command -v shellcheck >/dev/null || exit 0
    git ls-files "*.sh" .ci/run | xargs shellcheck -x -P SCRIPTDIR -S warning'
step clang-tidy sh -c 'mkdir -p build; cmake --workflow --preset tidy \
    >build/.tidy.log 2>&1 || { grep -E "(error|warning):" build/.tidy.log; exit 1; }'
if [ -x build/release/energylens ]; then
    step man sh -c 'build/release/energylens man | cmp - docs/man/energylens.1'
fi
step mandoc sh -c 'out=$(mandoc -Tlint -W warning docs/man/energylens.1); test -z "$out" || { echo "$out"; exit 1; }'
exit $bad
