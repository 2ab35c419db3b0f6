#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a space of configurations to the cheapest one, as the README shows it:
# plan, profile against doubles of an engine and of NVML, fit, optimize.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
# shellcheck source=../support/campaign.sh
. "$2/tests/support/campaign.sh"
export FAKE_NVML=gpus=4,idle=300
cat >space.json <<'END'
{"schema": "energylens.space", "version": 1, "tp": [1, 2, 4],
 "batch_size": [1, 4, 16], "input_tokens": [64, 256], "output_tokens": [8, 32],
 "constraints": {"max_gpus": 4}}
END
verb=
expect 0 plan --space space.json --model llama-2-7b --gpu h100-sxm5-80gb --engine vLLM \
    --runs 14 -o plan.csv
is "planned" "$(wc -l <plan.csv)" 15

# tokens take 8 ms / tp, a prompt 1 ms for 64 tokens: tp=4 costs as much as
# tp=1 in decode and more in prefill
expect 0 profile plan.csv --store runs.db --window 100ms --allow-short --idle 0s \
    --repeats 1 --confidence 0 --split phases --engine-cmd \
    "sh -c 'exec \"\$0\" --port \$1 --itl 0.00\$((8 / \$2)) --prefill-rate 64000' '$fake' {port} {tp}"
is "measured" "$(sql runs.db "SELECT count(*) FROM run WHERE state = 'complete'")" 14
nobody_left
expect 0 store check runs.db
expect 0 store export runs.db -o runs.csv
is "exported" "$(wc -l <runs.csv)" 15

expect 0 fit runs.db -o fit.json
expect 0 optimize --fit fit.json --gpus 4 --isl 256 --osl 32 --batch 1,4,16 --json
out_has '"source": "FITTED"'
# how fast the double is depends on the machine: what it was measured to cost
# is what counts, of one configuration and of those that are much dearer
python3 - runs.csv <<'END' || fail "what is predicted is not what was measured"
import csv, json, sys
rows = [r for r in csv.DictReader(open(sys.argv[1]))]
cost = lambda r: float(r["energy_j"]) / float(r["requests"]) / float(r["output_tokens"])
same = [cost(r) for r in rows
        if (r["input_tokens"], r["output_tokens"]) == ("256", "32")]
best = json.load(open("out"))["result"]["chosen"]
got = best["energy_per_output_token_j"]
print(best["tp"], best["batch_size"], got, sorted(same))
sys.exit(not (best["batch_size"] == 16 and 0.3 < got / min(same) < 3))
END
exit $failed
