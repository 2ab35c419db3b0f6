#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# plan as a black box: tables to fill, winners before the first run, errors.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=plan
cp "$2/data/spaces/node4.json" space.json
load="--space space.json --model llama-2-7b --gpu a100-sxm4-40gb"

# a table that fit reads as it is: blank is missing, never 0
expect 0 $load --runs 20 -o plan.csv
[ "$(wc -l <plan.csv)" -eq 21 ] || fail "not 20 runs"
head -1 plan.csv | grep -q "^model,gpu,params_b,active_params_b,tp,pp,ep,dp,num_gpus,precision" ||
    fail "other columns"
[ "$(tail -n +2 plan.csv | sort -u | wc -l)" -eq 20 ] || fail "a run twice"
[ "$(cut -d, -f16 plan.csv | sort -u | wc -l)" -eq 2 ] || fail "energy not blank"
cp plan.csv first.csv
expect 0 $load --runs 20 -o plan.csv
cmp -s plan.csv first.csv || fail "same seed, other runs"
expect 0 $load --runs 20 --seed 9 -o plan.csv
cmp -s plan.csv first.csv && fail "another seed, the same runs"
verb=fit
expect 3 first.csv
err_has "20 without energy"
verb=plan

# every feasible run, once
expect 0 $load --design grid --runs 1000 -o grid.csv
[ "$(wc -l <grid.csv)" -eq 47 ] || fail "not 46 runs"

# the answer is there before the first run
expect 0 $load --design active --runs 3
out_has "Winners, as believed now"
out_has "expected after these runs"
expect 0 $load --design active --runs 3 --json
out_has '"schema": "energylens.plan"'
out_has '"gain_ln"'
expect 0 $load --design active --prior analytic --runs 3
expect 0 $load --design active --prior none --runs 3
expect 0 $load --design active --prior learned --runs 3 --json
grep -v '"gain_ln"' out >learned.json
expect 0 $load --design active --runs 3 --json
grep -v '"gain_ln"' out | cmp -s - learned.json && fail "the learned prior moves nothing"
expect 0 $load --design active --prior learned --engine nowhere --runs 3 --json
err_has "nothing was learned of a100-sxm4-40gb with nowhere: physical prior"

# what was measured is not planned again, and is known
awk -F, -v OFS=, 'NR > 1 { $16 = 500 * $14 * $5; $15 = $12; $17 = 9 } 1' \
    first.csv >runs.csv
expect 0 $load --design grid --runs 1000 --measured runs.csv -o rest.csv
[ "$(wc -l <rest.csv)" -eq 27 ] || fail "measured runs are planned again"
expect 0 $load --design active --runs 2 --measured runs.csv --json
out_has '"rows_measured": 20'
expect 0 $load --design active --runs 2 --measured first.csv

# a model that the catalogue does not have brings its parameter count along
cat >config.json <<'END'
{"architectures": ["LlamaForCausalLM"], "model_type": "llama",
 "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
 "num_attention_heads": 32, "num_key_value_heads": 8, "vocab_size": 99000}
END
expect 0 --space space.json --model ./config.json --gpu h100 --runs 5 -o own.csv
sed -n 2p own.csv | cut -d, -f3 | grep -q '^[12]\.' || fail "no params_b"
awk -F, -v OFS=, 'NR > 1 { $16 = 500; $15 = $12; $17 = 9 } 1' own.csv >filled.csv
verb=fit
expect 0 filled.csv
verb=plan
expect 0 --space space.json --model ./config.json --gpu h100 --design active \
    --measured filled.csv --runs 2 --json
out_has '"rows_measured": 5'

# a fit in place of a prior
expect 0 --space space.json --model llama-2-13b --design active --runs 2 \
    --fit "$2/data/fits/a100-sxm4-40gb.fit.json"
out_has "llama-2-13b on a100-sxm4-40gb"

# several dtypes are configurations of one load
sed 's/"version": 1,/"version": 1, "dtype": ["bfloat16", "fp8"],/' space.json \
    >two.json
expect 0 --space two.json --model llama-3.1-8b --gpu h100 --design active \
    --runs 2
out_has "fp8"

# errors: where, what, limit
expect 2
expect 2 --space space.json
expect 3 --space space.json --model llama-2-7b --gpu nosuch
expect 2 $load --design best
expect 2 $load --runs 0
expect 4 --space nosuch.json --model llama-2-7b --gpu h100
sed 's/\[1, 2, 4\]/[1, 0]/' space.json >bad.json
expect 3 --space bad.json --model llama-2-7b --gpu h100
err_has "bad.json: tp\[1\]: must be a whole number"
expect 3 --space space.json --model llama-3.1-405b --gpu h100
err_has "no run of the 48 is feasible: memory rules out 48"
sed 's/"max_gpus": 4/"max_gpus": 1/; s/\[1, 2, 4\]/[2, 4]/' space.json >few.json
expect 3 --space few.json --model llama-2-7b --gpu h100
err_has "max_gpus rules out 32"
[ ! -e never.csv ] || fail "half-written"
exit $failed
