#!/bin/sh
# fuzz.sh SECONDS [NAME...]: replay the corpus of every parser, then search for
# SECONDS with each, two at a time. What is found stays in build/fuzz.
# fuzz.sh --runs N [NAME...]: N inputs each, the same ones every time (CI).
set -eu
try=fresh
if [ "$1" = --runs ]; then
    try=same
    shift
fi
limit=$1
shift
cd "$(dirname "$0")/.."
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzzers >build/fuzz/build.log 2>&1 || {
    cat build/fuzz/build.log
    exit 1
}
# shellcheck disable=SC2046 # one word a parser
[ $# -gt 0 ] || set -- $(ls tests/fuzz/*/fuzz_*.c | sed 's/.*fuzz_//; s/\.c$//')

# search NAME LIBFUZZER-ARGUMENTS...
search() {
    name=$1
    shift
    "build/fuzz/fuzz_$name" -rss_limit_mb=4096 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/$name-" "$@" >"build/fuzz/$name.log" 2>&1
}

# Neither addresses (operands of comparisons), nor the order of a folder, nor
# what an earlier search has found decides what is tried.
same() {
    n=$limit
    case $1 in store | journal) n=$((n / 10)) ;; esac # writes a file each
    LC_ALL=C ls "tests/fuzz/corpus/$1"/* | paste -sd, >"build/fuzz/$1.list"
    search "$1" -runs="$n" -seed=1 -use_cmp=0 \
        -seed_inputs="@build/fuzz/$1.list"
}

fresh() {
    mkdir -p "build/fuzz/found/$1"
    search "$1" -max_total_time="$limit" "build/fuzz/found/$1" \
        "tests/fuzz/corpus/$1"
}

# one NAME: its last line says how many inputs it tried
one() {
    if $try "$1"; then
        printf 'ok    fuzz %-8s %s\n' "$1" \
            "$(sed -n 's/stat::number_of_executed_units: */inputs /p' "build/fuzz/$1.log")"
    else
        printf 'FAIL  fuzz %s\n' "$1"
        tail -25 "build/fuzz/$1.log"
        return 1
    fi
}

bad=0
while [ $# -gt 0 ]; do
    one "$1" &
    first=$!
    shift
    if [ $# -gt 0 ]; then
        one "$1" || bad=1
        shift
    fi
    wait $first || bad=1
done
exit $bad
