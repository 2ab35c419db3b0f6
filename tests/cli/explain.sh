#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# explain as a black box: the table, sums, exit codes, descriptions of users.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=explain
one_line() { [ "$(wc -l <err)" -eq 1 ] || fail "not one line of error"; }
fits() {
    awk -v most="$1" 'length($0) > most { print "  " $0; bad = 1 }
        END { exit bad }' out || fail "wider than $1 columns"
}
big="--model llama-3.1-70b --gpu h100-sxm5-80gb"

COLUMNS=100 expect 0 $big --tp 4 --batch 32
[ -s err ] && fail "stderr is not empty"
fits 100
out_has "^llama-3.1-70b on h100-sxm5-80gb, bfloat16, vLLM"
out_has "^Prefill *one pass, 8 prompts, 1024 tokens each, one of 4 passes"
out_has "^Decode *one step, 32 requests, 1152 tokens of context"
out_has "^gqa_dense x80"
out_has "^ GateUp .* memory$"
out_has "^ > all-reduce .* link$"
out_has "^total .* 100.0"
out_has "^Roofline .*efficiency"
out_has "^MODELLED"
LC_ALL=C COLUMNS=80 expect 0 $big --tp 4 --batch 32 --what-if
fits 80
out_has "^fp8 weights .*+"
out_has "^no fused kernels .*-"
out_has "^overlap 4x1 .*-"
out_has "^overlap 4x16, decode too"
out_has "^Joules saved, right, or lost, left"
out_has "^First .* fewer joules, TPOT .* ms"
# the first line saves most, and is what is advised
first=$(sed -n '/^what if/{n;n;s/  .*//p;q}' out)
out_has "^First  *$first: "
LC_ALL=C COLUMNS=100 expect 0 $big --tp 4 --batch 32 --what-if
fits 100
expect 0 $big --tp 4 --phase decode
grep -q "^Prefill" out && fail "prefill although not asked for"
expect 0 $big --tp 16
out_has "replicated over tp 16"
expect 0 $big
out_has "does not fit, needs .* GiB per GPU"
out_has "least tp that holds it is 2"
expect 0 --model qwen3-30b-a3b --gpu h100 --tp 2 --enable-expert-parallel \
    --what-if
out_has "^ep 1 instead of 2"
out_has "tp=2 ep=2"
out_has "MoE13"
COLUMNS=80 expect 0 --model llama-3.1-8b --gpu h100 --pp 2 --batch 8
fits 80
out_has "> send"
out_has "one of 2 micro-batches"

# one clear line, right code
expect 3 --model llama-3.1-8c --gpu h100
err_has "did you mean llama-3.1-8b"
one_line
expect 3 --model llama-3.1-8b --gpu h101
err_has "h100-sxm5-80gb"
one_line
expect 3 $big --tp 3
err_has "not divisible by tp 3"
one_line
expect 3 $big --pp 100
err_has "pp 100"
expect 2 $big --precision fp9
err_has "fp9"
expect 2 --gpu h100
err_has "energylens explain: --model"
expect 2 --model llama-3.1-8b
err_has "energylens explain: --gpu"
expect 2 $big --tp 0
expect 2 $big --phase all
expect 4 --model ./nowhere/config.json --gpu h100
echo '{"model_type": "llama", "hidden_size": "x"}' >config.json
expect 3 --model ./config.json --gpu h100
err_has "config.json"
one_line

# the description prints, comes back, and can be changed
expect 0 --model llama-3.1-8b --print-arch
out_has "^layer gqa_dense x 32"
cp out own.ein
expect 0 --model llama-3.1-8b --gpu h100 --json
cp out first
expect 0 --model llama-3.1-8b --gpu h100 --json --arch own.ein
cmp -s out first || fail "the printed description gives other numbers"
sed 's/x 32 {/x 16 {/' own.ein >half.ein
expect 0 --model llama-3.1-8b --gpu h100 --arch half.ein
out_has "^gqa_dense x16"
expect 0 --model llama-3.1-8b --arch half.ein --print-arch
cmp -s out half.ein || fail "--print-arch --arch changes the description"
sed 's/fuse=/fuze=/' own.ein >bad.ein
expect 3 --model llama-3.1-8b --gpu h100 --arch bad.ein
err_has "bad.ein:[0-9]*:[0-9]*: .*fuze"
one_line
expect 4 --model llama-3.1-8b --gpu h100 --arch nowhere.ein

# images are a phase of their own, and part of the prompt
expect 0 --model qwen3-vl-8b --gpu h100 --isl 1500 --images 1 --image-px 1280x720 --phase prefill
out_has "^Vision .* 1 image or tile of 3680 patches"
out_has "^vision x27"
expect 0 --model qwen3-vl-8b --gpu h100 --isl 1500 --phase prefill
grep -q Vision out && fail "a prompt without images has a vision phase"
expect 3 --model qwen3-vl-8b --gpu h100 --isl 500 --images 1
err_has "isl: 500 tokens hold no prompt beside the 1024 of 1 image"
expect 3 --model llama-3.1-8b --gpu h100 --images 1
err_has "takes no images"
for px in 3 x 3x 0x5 5x0 5X5 1.5x2 99999x1; do
    expect 2 --model qwen3-vl-8b --gpu h100 --images 1 --image-px $px
    err_has "image-px: \"$px\" is not WIDTHxHEIGHT"
done

# JSON: the sums
expect 0 $big --tp 4 --batch 32 --json
out_has '"schema": "energylens.explain"'
if command -v python3 >/dev/null; then
    python3 - <<'END' || fail "operators do not add up"
import json, sys
for p in json.load(open("out"))["result"]["phases"]:
    for k in "time_s", "energy_j":
        s = p["host_" + k]
        for o in p["operators"]:
            c = o["communication"]
            s += o[k] + (c[k] if c else 0)
        if abs(s / p[k] - 1) > 1e-9:
            sys.exit(k)
END
fi
expect 0 $big --tp 4 --json -o answer.json
[ -s out ] && fail "stdout is not empty with -o"
[ -s answer.json ] || fail "no answer.json"
exit $failed
