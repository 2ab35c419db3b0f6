#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --calibrate RUNS.csv of predict, optimize and explore as a black box.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
one="--model qwen3-8b --gpu h100 --isl 512 --osl 512"

# six rows of qwen3-8b, 1.5 times what the model says; rows of others
python3 - "$prog" <<'PY'
import csv, json, subprocess, sys
head = ["model", "gpu", "tp", "batch_size", "input_tokens", "output_tokens",
        "precision", "engine", "energy_per_request_j", "latency_s", "quality_flag"]
def ask(tp, batch):
    p = subprocess.run([sys.argv[1], "predict", "--model", "qwen3-8b", "--gpu", "h100", "--isl", "512",
                        "--osl", "512", "--tp", str(tp), "--batch", str(batch), "--json"],
                       capture_output=True, check=True)
    return json.loads(p.stdout)["result"]["rows"][0]["energy_per_request_j"]
rows = [["Qwen/Qwen3-8B", "NVIDIA H100 80GB HBM3", tp, b, 512, 512, "bfloat16", "vLLM 0.11",
         1.5 * ask(tp, b), 60, ""] for tp in (1, 2) for b in (1, 16, 128)]
other = [["llama-3.1-8b", "h100", 1, 1, 512, 512, "bfloat16", "vLLM", 9, 60, ""],
         ["qwen3-8b", "a100-sxm4-80gb", 1, 1, 512, 512, "bfloat16", "vLLM", 9, 60, ""],
         ["qwen3-8b", "h100", 1, 1, 512, 512, "fp8", "vLLM", 9, 60, ""],
         ["qwen3-8b", "h100", 1, 1, 512, 512, "bfloat16", "SGLang", 9, 60, ""],
         ["qwen3-8b", "h100", 1, 1, 512, 512, "bfloat16", "vLLM", "", 60, ""],
         ["qwen3-8b", "h100", 1, 1, 512, 512, "bfloat16", "vLLM", 9, 60, "bad_latency"],
         ["qwen3-8b", "h100", 1, 1, 512, 512, "bfloat16", "vLLM", 9, 1, ""],
         ["qwen3-8b", "h100", 3, 1, 512, 512, "bfloat16", "vLLM", 9, 60, ""],
         ["nobody/knows-it", "h100", 1, 1, 512, 512, "bfloat16", "vLLM", 9, 60, ""]]
def write(name, rows):
    with open(name, "w", newline="") as f:
        csv.writer(f).writerows([head] + rows)
write("six.csv", rows)
write("one.csv", rows[:1])
write("all.csv", other + rows)
write("other.csv", other)
write("bad.csv", rows + [["qwen3-8b", "h100", 1, "x", 512, 512, "bfloat16", "vLLM", 9, 60, ""]])
PY

verb=predict
joules() { python3 -c "import json; print(*(r['$1'] for r in json.load(open('out'))['result']['rows']))"; }
ratio_is() { # measured, model, ratio, tolerance
    python3 -c "import sys; a, b, r, t = map(float, sys.argv[1:]); sys.exit(abs(a / b / r - 1) > t)" "$@" ||
        fail "$1 / $2 is not $3"
}
expect 0 $one --batch 16 --json
before=$(joules energy_per_request_j)
expect 0 $one --batch 16 --calibrate six.csv --json
[ -s err ] && fail "stderr is not empty"
ratio_is "$(joules energy_per_request_j)" "$before" 1.5 0.005
[ "$(joules source)" = CALIBRATED ] || fail "source is $(joules source)"
out_has "calibrated on 6 rows of six.csv (33.3 % off before"
width=$(joules energy_per_request_hi_j)
expect 0 $one --batch 16 --calibrate one.csv --json
python3 -c "import sys; sys.exit(not $width < $(joules energy_per_request_hi_j))" || fail "one row is surer than six"
out_has "calibrated on 1 row of one.csv"

# every row that is not used is counted, with the reason
expect 0 $one --batch 16 --calibrate all.csv
for why in "on 6 rows of all.csv" "2 other models" "1 other GPUs" "1 other precision (fp8)" \
    "1 another engine (SGLang)" "1 no energy" "1 flagged" "1 shorter than 1.5 s" "1 degrees"; do
    tr -s '\n ' ' ' <out | grep -qF "$why" || fail "stdout lacks \"$why\""
done
expect 0 $one --batch 16,32 --calibrate six.csv
[ "$(grep -c CALIBRATED out)" -eq 2 ] || fail "not two calibrated rows"
out_has "^h100-sxm5-80gb: calibrated on 6 rows"

# none to use, a bad cell, a file that is not there, a fit beside it
expect 3 $one --calibrate other.csv
err_has "other.csv: no row to calibrate qwen3-8b on h100-sxm5-80gb with: 2 other models (nobody/knows-it)"
[ "$(wc -l <err)" -eq 1 ] && [ ! -s out ] || fail "more than one line"
expect 3 $one --calibrate bad.csv
err_has "bad.csv:8: batch_size: not a number"
expect 4 $one --calibrate none.csv
expect 2 $one --calibrate six.csv --fit "$2/data/fits/h100-sxm5-80gb.fit.json"

# tables: rows of others are answered as before, and say so
expect 1 --rows all.csv --calibrate six.csv -o pred.csv # tp 3
[ "$(wc -l <pred.csv)" -eq 16 ] || fail "lines in and out differ"
[ "$(grep -c ,CALIBRATED, pred.csv)" -ge 6 ] || fail "rows are not calibrated"
grep -q "MODELLED.*no row to calibrate llama-3.1-8b" pred.csv || fail "no reason for the rest"

# a config.json goes by its folder; a row that contradicts the others is named
mkdir Qwen3-8B && python3 - <<'PY'
import json
json.dump({"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 4096,
           "num_hidden_layers": 36, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
           "intermediate_size": 12288, "vocab_size": 151936, "torch_dtype": "bfloat16",
           "tie_word_embeddings": False}, open("Qwen3-8B/config.json", "w"))
PY
sed -E '7s/,([0-9.e+]+),60,/,1.5,60,/' six.csv >odd.csv
expect 0 --model ./Qwen3-8B/config.json --gpu h100 --isl 512 --osl 512 --calibrate odd.csv
tr -s '\n ' ' ' <out | grep -qE "calibrated on 6 rows of odd.csv .*line 7 -9[0-9.]+ % off them" || fail "no odd row"

load="--model qwen3-8b --gpu h100 --isl 512 --osl 512"
verb=optimize
expect 0 $load --calibrate six.csv
out_has "^CALIBRATED: calibrated on 6 rows of six.csv"
expect 3 $load --calibrate other.csv
err_has "no row to calibrate"
expect 2 $load --calibrate six.csv --overlap 4x16
err_has "leave --calibrate out"
expect 2 $load --calibrate six.csv --fit "$2/data/fits/h100-sxm5-80gb.fit.json"
verb=explore
expect 0 $load --calibrate six.csv --batch 16 --tp 1,2
[ "$(grep -c ,CALIBRATED, out)" -eq 2 ] || fail "explore is not calibrated"

# the closed form on the same model as its prior, from the same rows: they agree
verb=fit
expect 0 six.csv --prior analytic -o six.fit.json
err_has "the analytic model fills in"
grep -q '"prior": *"analytic"' six.fit.json || fail "the fit file does not say its prior"
verb=predict
for batch in 1 16 128; do
    expect 0 $one --batch $batch --calibrate six.csv --json
    calibrated=$(joules energy_per_request_j)
    expect 0 $one --batch $batch --fit six.fit.json --json
    ratio_is "$(joules energy_per_request_j)" "$calibrated" 1 0.15
    low=$(joules energy_per_request_lo_j) high=$(joules energy_per_request_hi_j)
    python3 -c "import sys; sys.exit(not $low < $calibrated < $high)" ||
        fail "batch $batch: calibrated $calibrated is outside the fit's band $low..$high"
done
verb=fit
expect 2 six.csv --prior analytic --bootstrap 20
err_has "bootstrap: not with --prior analytic"
expect 2 six.csv --prior analytic --scope node
err_has "joules of the GPUs in use"
# a model that the catalogue knows too little of keeps the physical prior
sed '1s/$/,params_b/; 2,$s/$/,8/; 2,$s/Qwen.Qwen3-8B/nobody\/own-8b/' six.csv | tr -d '\r' >own.csv
expect 0 own.csv --prior analytic -o own.fit.json
err_has "nobody/own-8b on h100-sxm5-80gb: physical prior"
exit $failed
