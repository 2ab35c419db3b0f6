#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# optimize as a black box: the answer, exit codes, JSON that scripts rely on.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=optimize
load="--model llama-3.1-8b --gpu h100 --isl 2000 --osl 400"

# the whole answer: where it is from, the choice, what to paste
expect 0 $load --request-rate 6 --ttft 500ms --tpot 40ms --percentile 95 \
    --top 3 --current tp=8,batch=64
[ -s err ] && fail "stderr is not empty"
out_has "^MODELLED: analytic model: nothing measured"
out_has "Energy of GPUs in use"
# the choice, the best row and the line to paste are one configuration
read -r tp batch < <(sed -n 's/^Choose .*tp=\([0-9]*\) batch=\([0-9]*\).*/\1 \2/p' out)
read -r _ row_tp _ row_batch _ < <(grep '^1  ' out)
[ "$row_tp $row_batch" = "$tp $batch" ] || fail "Choose tp=$tp batch=$batch, best row $row_tp $row_batch"
out_has "^Saves .* %.* against .*tp=8 batch=64"
out_has "^Fastest .*tp=8"
out_has "^  vllm serve meta-llama/.* --tensor-parallel-size $tp --max-num-seqs $batch "
[ "$(grep -c '^[0-9]  ' out)" -eq 3 ] || fail "not three rows"

expect 0 $load --launcher all --scope facility --pue 1.3
out_has "times PUE 1.3"
out_has "trtllm-serve .*--max_batch_size"
out_has "sglang.launch_server --model-path"
expect 0 $load --scope node --node-gpus 4 --gpus 4 --dp 1
out_has "all GPUs of nodes of 4"
expect 0 $load --tp 2 --pp 1,2 --max-num-seqs 8 --top 2
out_has "pp"

# done, but the answer is no
expect 1 $load --tpot 1ms
out_has "No configuration keeps all limits"
out_has "TPOT .*limit 1.00 ms"
grep -q "vllm serve" out && fail "a launch line for what does not work"
expect 1 --model llama-3.1-405b --gpu l4 --isl 100 --osl 100 --gpus 2
out_has "weights .* per GPU, room for"
expect 1 $load --request-rate 5000
out_has "requests/s of 5000"

# usage
expect 2 --model llama-3.1-8b --gpu h100 --isl 10
err_has "energylens optimize: --osl: needed"
expect 2 --isl 10 --osl 10
err_has "name both --model and --gpu"
expect 2 --model nosuch --gpu h100 --osl 10
err_has "nosuch"
expect 2 $load --current batch=3
err_has "current: no tp"
expect 2 $load --percentile 101
expect 2 $load --tp 0
expect 2 --model llama-3.1-8b --gpu h100 --osl 10
err_has "isl: needed by this fit"
expect 4 --fit nowhere.json --osl 10 --isl 9
echo '{' >bad.json
expect 3 --fit bad.json --osl 10 --isl 9

# JSON: sorted best first, and the keys of the contract
expect 0 $load --request-rate 6 --current tp=8,batch=64 --json
for key in candidates chosen energy_optimal latency_optimal current launch \
    scope batch_size feasible reasons energy_per_request_j source breakdown \
    energy_per_output_token_j ttft_s tpot_s avg_power_w extrapolated_axes; do
    out_has "\"$key\""
done
out_has '"schema": "energylens.optimize"'
cp out first
expect 0 $load --request-rate 6 --current tp=8,batch=64 --json --threads 2
cmp -s out first || fail "not the same bytes"
expect 0 $load --json -o answer.json
[ -s out ] && fail "stdout is not empty with -o"
[ -s answer.json ] || fail "no answer.json"
expect 1 $load --tpot 1ms --json
out_has '"chosen": null'
out_has '"nearest_miss": {'

# a fit that was measured, where the measurements are
data="$2/../shared/data/measurements/argonne_synthetic.csv"
if [ -r "$data" ] && "$prog" fit "$data" -o a100.fit.json >out 2>err; then
    expect 2 --fit a100.fit.json --isl 512 --osl 512
    err_has "^energylens optimize: --model: the fit file has several"
    expect 0 --fit a100.fit.json --model llama-3.1-8b --gpu a100-sxm4-40gb \
        --isl 512 --osl 512 --request-rate 3 --ttft 500ms --tpot 40ms \
        --gpus 4 --node-gpus 4
    out_has "FITTED"
    out_has "^Choose .*tp=1"
fi
exit $failed
