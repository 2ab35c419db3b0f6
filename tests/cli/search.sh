#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Searches over several setups: one answer over all, every point once, the same
# bytes for any number of threads, a clean stop.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=optimize
load="--model llama-3.1-8b --isl 2000 --osl 400"

# one ranked answer over GPU types and formats; each says by how much it loses
expect 0 $load --gpu h100,l4,a100-sxm4-80gb --precision bfloat16,fp8 \
    --request-rate 6 --tpot 60ms
out_has "GPU  *dtype  *tp"
out_has "^llama-3.1-8b, vLLM; 6 setups"
out_has "^Choose .*h100-sxm5-80gb fp8 tp="
out_has "h100-sxm5-80gb: the best"
out_has "a100-sxm4-80gb: +.* %.* (tp=.* J/token, .*MODELLED"
out_has "l4: no (.*TPOT .* limit 60.0 ms"
out_has "^By dtype"
out_has "bfloat16: +"
out_has "vllm serve .*--quantization fp8"

# the joint answer is the best of the answers apart
expect 0 $load --gpu h100,a100-sxm4-80gb,l40s --json -o both.json
for gpu in h100 a100-sxm4-80gb l40s; do
    expect 0 $load --gpu $gpu --json -o one.json
    python3 - "$gpu" <<'PY' || fail "joint answer is worse than $gpu alone"
import json, sys
one = json.load(open("one.json"))["result"]
both = json.load(open("both.json"))["result"]
assert both["chosen"]["energy_per_request_j"] <= one["chosen"]["energy_per_request_j"]
mine = [s for s in both["setups"] if s["gpu"] == one["gpu"]]
assert len(mine) == 1 and mine[0]["best"] == one["chosen"]
loses = one["chosen"]["energy_per_request_j"] / both["chosen"]["energy_per_request_j"] - 1
assert abs(mine[0]["loses"] - loses) < 1e-12
assert both["n_candidates"] > one["n_candidates"] and both["gpu"] is None
PY
done

# what does not fit says what it needs and where it would
expect 1 --model llama-3.1-405b --gpu l4,a100-sxm4-80gb --gpus 4 --isl 100 --osl 100
out_has "l4 bfloat16: needs .* GiB per GPU on 4 GPUs, 20.2 GiB usable; the smallest that fits: tp=8 pp=5 (40 GPUs)"
out_has "a100-sxm4-80gb bfloat16: needs .*smallest that fits: tp=8 pp=2 (16 GPUs)"
expect 0 --model llama-3.1-70b --gpu l4,h100 --gpus 2 --isl 100 --osl 100 --precision fp8
out_has "l4: needs .* GiB per GPU on 2 GPUs"
# and it does fit there
expect 0 --model llama-3.1-405b --gpu l4 --gpus 40 --tp 8 --pp 5 --isl 100 --osl 100
expect 1 --model llama-3.1-405b --gpu l4 --gpus 40 --tp 8 --pp 4 --isl 100 --osl 100

verb=predict
expect 0 --model llama-3.1-405b --gpu l4 --tp 8 --isl 100 --osl 100 --batch 1 --json
out_has "does_not_fit: needs 94.5 GiB per GPU on 8 GPUs, 20.2 GiB usable; the smallest that fits: tp=8 pp=5 (40 GPUs)"
verb=optimize

# names: near ones are offered; a clock that a GPU has not is left out, said
expect 2 $load --gpu h100,h10
err_has "unknown GPU \"h10\": did you mean h100"
expect 2 --model llama-3.1-8 --gpu h100 --osl 10 --isl 10
err_has "did you mean llama-3.1-8b"
expect 0 $load --gpu h100,a100-sxm4-80gb --gpu-clock auto,1200,1900
out_has "Left out: a100-sxm4-80gb: clock 1900 MHz is not in"
expect 3 $load --gpu a100-sxm4-80gb --gpu-clock 3000
expect 2 $load --gpu h100 --gpu-clock fast
expect 2 $load --gpu h100 --overlap 4
expect 2 $load --gpu h100 --fusion maybe
expect 2 $load --gpu h100 --kv-cache-dtype nf4

# a sharding that the model does not divide by is no near miss, and says why
expect 1 $load --gpu h100 --tp 3
out_has "tp=3 .*: the model's heads or layers do not divide"
expect 1 $load --gpu h100 --tp 3,1 --batch 1 --tpot 1ms
grep -m1 '^  tp=' out | grep -q 'tp=1 .*TPOT' || fail "the first miss is not tp=1"

# what the launch line takes stands in it, the rest beside it
expect 0 $load --gpu h100 --kv-cache-dtype fp8 --gpu-clock 1200 --gpu-power 400 \
    --overlap 4x8
out_has "^  vllm serve .* --kv-cache-dtype fp8$"
out_has "^  # with GPU clock locked at 1200 MHz, GPU power limit 400 W, overlap (stages x SMs) 4x8$"
expect 0 $load --gpu h100
grep -q "# with" out && fail "something stands beside a plain launch line"

# a fleet: what no type can serve alone, shares of each; exit 0 as it works
expect 0 $load --gpu h100:2,l40s:8 --precision bfloat16,fp8 --request-rate 30 \
    --tpot 60ms
out_has "30 requests/s, 2 h100 + 8 l40s"
out_has "^No configuration keeps all limits"
out_has "^Together  30.0 requests/s at .*Wh a request"
out_has " %  h100-sxm5-80gb fp8 tp=.* on 2 of 2 GPUs ("
out_has " %  l40s fp8 tp=.* of 8 GPUs ("
expect 0 $load --gpu h100:2,l40s:8 --request-rate 2
out_has "^Together  2.00 requests/s .* against the best type alone"
out_has "stands by"
expect 1 $load --gpu h100:1,l4:1 --request-rate 50
out_has "^Together  at most .* of 50.0 requests/s"
expect 0 $load --gpu h100:2,l40s:8 --request-rate 2 --json
out_has '"fleet": {'
expect 0 $load --gpu h100:2,l40s:8 --json
out_has '"fleet": null'
expect 2 $load --gpu h100:0

# explore: a row for every combination, none twice
verb=explore
axes="--gpu h100,l40s --precision bfloat16,int4 --kv-cache-dtype auto,fp8
    --engine vLLM,SGLang --gpu-clock auto,1200 --gpu-power auto,250
    --overlap 0,4x4 --fusion on,off"
expect 0 --model llama-3.1-8b $axes --tp 1,2 --batch 1,8 --isl 128 --osl 64
[ "$(wc -l <out)" -eq $((2 ** 10 + 1)) ] || fail "not 1024 rows"
python3 - <<'PY' || fail "columns or rows of out"
import csv
rows = list(csv.DictReader(open("out")))
axes = "gpu precision kv_cache_dtype engine gpu_clock_mhz gpu_power_w overlap fusion tp batch_size".split()
assert len({tuple(r[a] for a in axes) for r in rows}) == len(rows) == 1024
for flag, x, y in (("on_front", "tpot_s", "energy_per_request_j"),
                   ("on_etft_front", "ttft_s", "prefill_energy_j"),
                   ("on_epot_front", "tpot_s", "decode_energy_j")):
    p = [(float(r[x]), float(r[y]), r[flag]) for r in rows if r["feasible"] == "1"]
    for a, b, on in p:
        beaten = any(c <= a and d <= b and (c < a or d < b) for c, d, _ in p)
        assert (on == "1") == (not beaten), (flag, a, b, on)
    assert all(r[flag] == "0" for r in rows if r["feasible"] == "0")
PY
for threads in 1 3; do
    expect 0 --model llama-3.1-8b $axes --isl 128,999 --osl 64 \
        --threads $threads -o "t$threads.csv"
done
cmp t1.csv t3.csv || fail "threads change the bytes"
expect 0 --model llama-3.1-8b --gpu h100,l4 --isl 128 --osl 64 --format text
out_has "h100-sxm5-80gb "
expect 0 --model llama-3.1-8b --gpu h100,l4 --isl 128 --osl 64 --json
out_has '"on_epot_front": true'

# large searches: JSON is refused, Ctrl-C stops and says where
batches=$(seq -s, 64)
large="--model llama-3-70b --gpu h100,l4,l40s --precision bfloat16,fp8
    --overlap 0,4x1,4x4,4x16 --fusion on,off --tp 1,2,4,8 --pp 1,2 --batch
    $batches --isl 100,200,300,400,500 --osl 100,200,300,400"
expect 2 $large --json
err_has "too many for JSON"
# (in the foreground: a second signal would end it at once)
timeout --foreground --preserve-status -s INT 2 "$prog" explore $large -o points.csv >out 2>err
[ $? -eq 130 ] || fail "no exit 130 on Ctrl-C"
err_has "^energylens explore: interrupted: [1-9][0-9]* of 491520 configurations looked at"
[ "$(wc -l <err)" -eq 1 ] || fail "more than one line"
[ -e points.csv ] && fail "a part of the points was written"
# progress with rate and time left, on a terminal only
if command -v script >/dev/null; then
    timeout -s INT 3 script -qec "$prog explore $(echo $large) -o points.csv" \
        /dev/null >out 2>/dev/null </dev/null
    out_has "explore  .*%  .*/491,520  .*/s  .* left"
fi
exit $failed
