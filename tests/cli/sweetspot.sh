#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# sweetspot as a black box: its four sources, moves of a log, pictures.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=sweetspot

# from the shape alone
expect 0 --model llama-3.1-8b
out_has "llama-3.1-8b on h100-sxm5-80gb, bfloat16, TensorRT-LLM  \[MODELLED\]"
out_has "^best     input 64, output 256: 35\.. mJ a token (90 %: "
out_has "^worst    input 4096, output 64: "
expect 0 --model llama-3.1-8b --isl 64:8192
out_has "bands hold for lengths 64 to 4,096"
expect 2 --model llama-3.1-8b --batch 4
err_has "need --gpu"
expect 3 --model mixtral-8x7b
err_has "has experts"
expect 3 --model llama-3.1-70b
err_has "no room for a cache"
expect 3 --model llama-3.1-8b --precision fp8
err_has "is quantised"

# from the analytic model: a surface each, the first in use
expect 0 --model llama-3.1-8b --gpu a100-sxm4-80gb --batch 8,64 --tp 1,2 \
    --isl 64:1024 --osl 16:256
out_has "vLLM, tp=1 batch=8  \[MODELLED\]"
[ "$(grep -c '^ [12]  *[0-9]* .*MODELLED$' out)" -eq 4 ] || fail "not 4 surfaces"
expect 0 --model llama-3.1-8b --gpu h100 --batch 8,64 --isl 64 --osl 64 --json
out_has '"basis": "analytic"'
out_has '"worst_over_best": 1.0'
out_has '"trace": null'
# a degree too small for the weights is said, and the next one is in use
expect 0 --model llama-3.1-70b --gpu h100 --tp 1,4 --batch 8 --isl 64:512
out_has "tp=4 batch=8  \[MODELLED\]"
out_has "tp=1 batch=8: .* cells do not fit into memory"
expect 3 --model llama-3.1-70b --gpu h100
expect 2 --model llama-3.1-8b --gpu nosuchgpu

# from a table: fitted apart for each batch, and named where it cannot be
t() { awk -v n="$1" -v m="$2" 'BEGIN { printf "%.9g",
    2e-2 + 3e-7 * n * n / m + 4e-5 * n + 1.5e-2 * n / m + 2e-5 * m + 1 / m }'; }
head=model,gpu,tp,batch_size,input_tokens,output_tokens,latency_s
head=$head,energy_per_output_token_j
{
    echo "$head"
    for n in 64 256 1024 4096; do
        for m in 64 256 1024; do
            echo "llama-3.1-8b,h100-sxm5-80gb,1,8,$n,$m,9,$(t $n $m)"
        done
        echo "llama-3.1-8b,h100-sxm5-80gb,1,16,$n,64,9,$(t $n 64)"
        echo "llama-3.1-8b,h100-sxm5-80gb,1,16,$n,64,9,$(t $n 64)"
    done
} >table.csv
expect 0 table.csv
out_has "tp=1 batch=8  \[FITTED\]"
out_has "1 of 2 pairs of batch and degree left out; tp=1 batch=16: "
# m* = sqrt((3e-7 64^2 + 1.5e-2 64 + 1) / 2e-5) = 313
out_has "^ *64  *313 "
expect 0 table.csv --isl 32:8192
out_has "EXTRAPOLATED"
expect 3 table.csv --batch 16
err_has "4 rows for 6 terms"
expect 3 table.csv --batch 5
err_has "no row of this --batch"
expect 3 table.csv --gpu a100-sxm4-80gb
expect 2 table.csv --fit nosuch.json
sed 's/energy_per_output_token_j/energy_x/' table.csv >bad.csv
expect 3 bad.csv

sed 's/,1024,9,/,1024,0.5,/' table.csv >short.csv
expect 3 short.csv
err_has "cannot tell"
echo "llama-3.1-8b,h100-sxm5-80gb,1,8,100,100,0.1,9" | cat table.csv - >one.csv
expect 0 one.csv
out_has "1 of 21 rows dropped: 1 shorter than 1.5 s"

# from a fit file
"$prog" fit table.csv -o fit.json >/dev/null 2>&1 || fail "fit"
expect 0 --fit fit.json --batch 8
out_has "tp=1 batch=8  \[FITTED\]"
"$prog" fit table.csv --form sweetspot -o form.json >/dev/null 2>&1 ||
    fail "fit --form sweetspot"
grep -e batch_size -e ',1,16,' table.csv >bad16.csv
"$prog" fit bad16.csv --form sweetspot >out 2>err
[ $? -eq 3 ] || fail "a grid of one output length was fitted"
err_has "4 rows for 6 terms"
expect 3 --fit table.csv

# a log of requests
printf 'TIMESTAMP,ContextTokens,GeneratedTokens\n%s\n%s\n%s\n%s\n' \
    "x,1000,100" "x,500,300" "x,0,4" "x,2000,50" >trace.csv
expect 0 --model llama-3.1-8b --trace trace.csv
out_has "^3 requests of the trace"
out_has "left out: 0 outside the grid, 1 without tokens"
out_has "prompts 50 % shorter"
out_has "two calls in one, 100 % of a prompt shared"
expect 0 --model llama-3.1-8b --gpu h100 --batch 1,64 --trace trace.csv --json
out_has '"move": "batch"'
expect 0 --model llama-3.1-8b --trace trace.csv --isl 64:600
out_has "^1 requests of the trace"
out_has "left out: 2 outside the grid"
expect 3 --model llama-3.1-8b --trace trace.csv --isl 64:100
err_has "none of 3 requests"
echo "x,5" >>trace.csv
expect 3 --model llama-3.1-8b --trace trace.csv
err_has "trace.csv:6"

# pictures; fonts stay loaded behind cairo: no leak of ours
expect 0 --model llama-3.1-8b -o heat.svg
grep -q "best 35" heat.svg || fail "no label in the SVG"
expect 0 --model llama-3.1-8b -o heat.html
grep -q "</svg>" heat.html && grep -q "</pre>" heat.html &&
    grep -q prefers-color-scheme heat.html || fail "no page"
ASAN_OPTIONS=detect_leaks=0 expect 0 --model llama-3.1-8b -o heat.png
[ "$(head -c 4 heat.png | tail -c 3)" = PNG ] || fail "no PNG"
expect 0 --model llama-3.1-8b -o text.txt
grep -q "^best " text.txt || fail "-o text.txt holds no text"
expect 2 --model llama-3.1-8b --json -o heat2.svg
[ -e heat2.svg ] && fail "half-written picture"
expect 4 --model llama-3.1-8b -o no/such/heat.svg

# usage
expect 2
expect 2 --model llama-3.1-8b --isl 9:3
expect 2 --model llama-3.1-8b --osl 0
expect 3 --model nosuchmodel
exit $failed
