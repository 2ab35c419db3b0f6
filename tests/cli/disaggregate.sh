#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# optimize --disaggregate: both ways side by side, the verdict, lines to paste.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=optimize
long="--model llama-3.1-70b --gpu h200 --gpus 16 --isl 8000 --osl 400 \
    --request-rate 2 --ttft 6s --tpot 30ms --disaggregate"
short="--model llama-3.1-8b --gpu h100 --isl 500 --osl 400 --request-rate 6 \
    --disaggregate"

# long prompts under a tight TPOT: pools of their own
expect 0 $long
out_has "^aggregated  *[0-9]"
out_has "^disaggregated  *[0-9]"
out_has "^J/token  *prefill  *decode  *transfer  *idle"
out_has "^Prefill  *[0-9]* x tp="
out_has "^Decode  *[0-9]* x tp="
out_has "^Transfer .*GiB of KV cache a prompt in .* ms over the network"
out_has "^Verdict  *disaggregate: .* % less energy, most of it in"
out_has "kv-transfer-config .*NixlConnector.*# prefill, "
out_has "kv-transfer-config .*# decode, "

# short ones: not
expect 0 $short --launcher all
out_has "^Verdict  *stay aggregated: .* % less energy"
out_has "over the node's links"
out_has "disaggregation-mode prefill"
out_has "disaggregation-mode decode"
out_has "trtllm-serve disaggregated -c"

# numbers agree with each other
expect 0 $long --json
/usr/bin/python3 - <<'E2' || fail "JSON of --disaggregate"
import json
r = json.load(open("out"))["result"]
d = r["disaggregated"]
assert d["found"] and d["feasible"] and not d["reasons"]
assert abs(sum(d["energy_shares"].values()) / d["energy_per_request_j"] - 1) < 1e-12
assert d["num_gpus"] == d["prefill"]["num_gpus"] + d["decode"]["num_gpus"] <= 16
assert d["ttft_at_percentile_s"] <= 6 and d["tpot_at_percentile_s"] <= 0.03
assert abs(d["energy_per_output_token_j"] * 400 / d["energy_per_request_j"] - 1) < 1e-12
# Llama-3.1-70B: 80 layers, 8 KV heads of 128, 2 bytes, keys and values
assert d["transfer"]["bytes"] == 8000 * 80 * 8 * 128 * 2 * 2
assert d["transfer"]["network"] is (d["num_gpus"] > 8)
a = r["chosen"]["energy_per_request_j"]
assert d["verdict"]["disaggregate"] is (d["energy_per_request_j"] < a)
assert abs(d["verdict"]["saving"] - (1 - d["energy_per_request_j"] / a)) < 1e-12
assert abs(sum(r["disaggregated"]["aggregated_shares"].values()) / a - 1) < 1e-9
for side in "prefill", "decode":
    assert "kv-transfer-config" in d["launch"]["vllm"][side]["command"]
    assert d["launch"]["vllm"][side]["servers"] == d[side]["replicas"]
    assert d[side]["max_request_rate_hz"] >= 2
E2
# a slower card: the same pools wait longer for their caches
ttft() { /usr/bin/python3 -c 'import json; print(json.load(open("out"))["result"]["disaggregated"]["transfer"]["time_s"])'; }
fast=$(ttft)
expect 0 $long --nic 4 --json
/usr/bin/python3 -c "exit(not $(ttft) > 5 * $fast)" || fail "--nic 4 is no slower"

# latents, windows and states are smaller than full caches
expect 0 --model deepseek-v3 --gpu h200 --tp 8 --enable-expert-parallel \
    --precision fp8 --gpus 32 --isl 4000 --osl 200 --request-rate 2 \
    --disaggregate --json
/usr/bin/python3 - <<'E2' || fail "bytes of a latent cache"
import json
t = json.load(open("out"))["result"]["disaggregated"]["transfer"]
# 61 layers of 512 + 64 values of 2 bytes, held by each of 8 GPUs
assert t["bytes"] == 8 * 4000 * 61 * 576 * 2, t
E2

# prompts on one kind of GPU, answers on another, caches over the network
expect 0 --model llama-3.1-70b --gpu h100,h200 --precision fp8 --gpus 64 \
    --isl 2000 --osl 300 --request-rate 20 --ttft 2s --tpot 50ms --disaggregate
out_has "^Prefill  *[0-9]* x h100-sxm5-80gb tp="
out_has "^Decode  *[0-9]* x h200-sxm-141gb tp="
out_has "^Transfer .* over the network"
out_has "# decode, [0-9]* server.* on h200-sxm-141gb"

# the same from a fit; without TTFT and ITL no pools
expect 0 --fit "$2/data/fits/a100-sxm4-40gb.fit.json" --model llama-2-13b \
    --isl 512 --osl 256 --request-rate 2 --disaggregate
out_has "^disaggregated .*FITTED\|^disaggregated .*EXTRAPOLATED\|^disaggregated"
out_has "^Verdict"

# the answer is no; usage
expect 1 $short --tpot 1ms
out_has "^Breaks .*TPOT .*limit 1.00 ms"
out_has "^Verdict  *neither keeps the limits"
grep -q "kv-transfer-config" out && fail "a launch line for what does not work"
expect 2 --model llama-3.1-8b --gpu h100 --isl 500 --osl 400 --disaggregate
err_has "disaggregate: needs --request-rate"
expect 2 --model llama-3.1-8b --gpu h100 --isl 500 --osl 1 --request-rate 1 \
    --disaggregate
err_has "osl: pools need 2 tokens"
expect 2 $short --nic 0
exit $failed
