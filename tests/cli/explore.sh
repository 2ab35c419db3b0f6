#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# explore as a black box: CSV, JSON, chart files.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=explore
load="--model llama-3.1-8b --gpu h100"

# CSV: 2 tp x 3 batch x 2 isl x 1 osl, and its front is not empty
expect 0 $load --tp 1,2 --batch 1,8,64 --isl 128,512 --osl 64
[ "$(wc -l <out)" -eq 13 ] || fail "not 12 lines"
[ "$(head -1 out | tr ',' '\n' | grep -n '^on_front$' | cut -d: -f1)" = 11 ] ||
    fail "on_front is not column 11"
[ "$(tail -n +2 out | cut -d, -f11 | grep -c 1)" -ge 2 ] || fail "no front"
cp out piped
expect 0 $load --tp 1,2 --batch 1,8,64 --isl 128,512 --osl 64 -o grid.csv
cmp -s piped grid.csv || fail "-o differs from stdout"

# charts
expect 0 $load --isl 512,4096 --osl 256 --latency e2e --plot front.svg
grep -q "<svg" front.svg || fail "no SVG"
grep -q "tp=8 batch=1" front.svg || fail "no labels in the SVG"
# fonts stay loaded behind cairo: no leak of ours under the sanitizer
ASAN_OPTIONS=detect_leaks=0 \
    expect 0 $load --isl 512 --osl 256 --latency ttft --plot front.png
if [ -s front.png ]; then
    [ "$(head -c 4 front.png | tail -c 3)" = PNG ] || fail "no PNG"
fi
expect 2 $load --isl 512 --osl 256 --plot front.gif
expect 0 $load --isl 512 --osl 256 --format text
out_has "configurations are on a front"
out_has "time per output token"
expect 0 --model llama-3.1-405b --gpu l4 --isl 99 --osl 99 --tp 1 --format text
out_has "0 of .* configurations are on a front"
expect 0 $load --isl 512 --osl 256 --json
out_has '"schema": "energylens.explore"'
out_has '"on_front": true'

# usage
expect 2 $load --isl 512
expect 2 $load --osl 0
expect 2 --osl 5
exit $failed
