#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fit.sh PROGRAM SOURCE: fit a made-up table; report, file, formulas, bad input.
# shellcheck source=../support/check.sh
. "$2/tests/support/check.sh"

one_line() {
    [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$1" "$tmp/err"
    check "one line with \"$1\": $(cat "$tmp/err")" $?
}

python3 - "$tmp/runs.csv" <<'PY'
import sys
rows = ["model,gpu,tp,precision,engine,batch_size,input_tokens,output_tokens,"
        "energy_j,latency_s,ttft_s,itl_s,quality_flag"]
k = 0
for model in ("Qwen/Qwen3-8B", "mistralai/Mistral-7B-v0.1"):
    for tp in (1, 2, 4):
        for b in (1, 4, 16, 64):
            for n in (128, 512, 2048):
                k += 1
                step = 3.0 + 0.4 * tp
                e = b * n * 0.02 * tp**0.25 + n * (step + b * (0.03 + 4e-5 * n))
                e *= 1 + 0.02 * ((k * 7919 % 13) / 6 - 1)
                t = n * (0.012 / tp**0.6 + 0.0002 * b)
                flag = "bad_latency" if k % 17 == 0 else "noted" if k % 5 == 0 else ""
                rows.append(f"{model},A100-SXM4-40GB,{tp},bfloat16,vLLM,{b},{n},{n},"
                            f"{e:.6g},{t:.6g},{0.01 + 1e-5 * b * n:.6g},{t / n:.6g},{flag}")
open(sys.argv[1], "w").write("\n".join(rows) + "\n")
PY

exits 0 fit "$tmp/runs.csv"
grep -q '^qwen3-8b ' "$tmp/out"
check "one line a group" $?
grep -q '72 rows = ' "$tmp/out"
check "every row is accounted for" $?
exits 0 fit "$tmp/runs.csv" --model Qwen/Qwen3-8B --bootstrap 20
for word in 'parameter' 'weight stream per step' 'residuals by' 'not seen' 'range'; do
    grep -q "$word" "$tmp/out"
    check "the report has \"$word\"" $?
done
exits 0 fit "$tmp/runs.csv" -o "$tmp/fit.json"
[ ! -s "$tmp/out" ] && grep -q 'fits of closed12' "$tmp/err"
check "-o: the file is the fit, the summary goes to the terminal" $?
exits 0 fit "$tmp/runs.csv" -o "$tmp/quiet.json" --quiet
[ ! -s "$tmp/err" ]
check "--quiet says nothing" $?
cmp -s "$tmp/fit.json" "$tmp/quiet.json"
check "the file does not depend on --quiet" $?
exits 0 fit "$tmp/runs.csv" --json --threads 1 --bootstrap 50 --seed 3
cp "$tmp/out" "$tmp/one"
exits 0 fit "$tmp/runs.csv" --json --threads 4 --bootstrap 50 --seed 3
cmp -s "$tmp/out" "$tmp/one"
check "threads do not change a byte" $?
python3 - "$tmp/fit.json" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
assert doc["schema"] == "energylens.fit" and doc["version"] == 1
r = doc["result"]
assert r["source"] == "runs.csv" and len(r["data_hash"]) == 16, r["source"]
assert len(r["fits"]) == 2
for f in r["fits"]:
    c = f["cleaning"]
    assert c["rows"] == sum(c[k] for k in (
        "no_energy", "flagged", "short_run", "other_session", "merged", "kept")), c
    p = f["targets"]["energy"]["parameters"]["ln_W"]
    assert p["lo"] < p["value"] < p["hi"] and p["unit"] == "J", p
    assert set(f["targets"]) == {"energy", "latency", "ttft", "itl"}
PY
check "the fit file is as documented" $?
# formulas give what predict gives
python3 - "$program" "$tmp" <<'PY'
import ctypes, json, runpy, subprocess, sys
program, tmp = sys.argv[1:]
def run(*args):
    return subprocess.run([program, *map(str, args)], check=True,
                          capture_output=True, text=True).stdout
for form in "closed12", "el12r", "powerlaw", "constant":
    fit = ["fit", f"{tmp}/runs.csv", "--model", "qwen3-8b", "--form", form, "--quiet"]
    run(*fit, "-o", f"{tmp}/form.json")
    open(f"{tmp}/f.py", "w").write(run(*fit, "--format", "python"))
    open(f"{tmp}/f.c", "w").write(run(*fit, "--format", "c"))
    subprocess.run(["cc", "-std=c17", "-ffp-contract=off", "-Wall", "-Werror", "-shared",
                    "-fPIC", f"{tmp}/f.c", "-o", f"{tmp}/{form}.so", "-lm"], check=True)
    python = runpy.run_path(f"{tmp}/f.py")["energy_j"]
    c = ctypes.CDLL(f"{tmp}/{form}.so").energy_j
    c.restype, c.argtypes = ctypes.c_double, [ctypes.c_double] * 5
    for tp, batch, isl, osl in (1, 1, 128, 128), (2, 16, 512, 256), (4, 64, 9000, 4000):
        row = json.loads(run("predict", "--json", "--fit", f"{tmp}/form.json", "--model",
                             "qwen3-8b", "--tp", tp, "--batch", batch, "--isl", isl,
                             "--osl", osl))["result"]["rows"][0]
        for value in python(tp, 1, batch, isl, osl), c(tp, 1, batch, isl, osl):
            assert abs(value / row["energy_j"] - 1) < 1e-9, (form, tp, value, row["energy_j"])
PY
check "the Python and C formulas give what predict gives" $?
exits 2 fit "$tmp/runs.csv" --form serving8 --format c
grep -q 'serving8 has no formula' "$tmp/err"
check "a form without a formula says so" $?
exits 0 fit "$tmp/runs.csv" --format latex
exits 0 fit "$tmp/runs.csv" --form powerlaw
exits 0 fit "$tmp/runs.csv" --form smallest-tp
exits 0 fit "$tmp/runs.csv" --prior none
exits 2 fit "$tmp/runs.csv" --form closed13
one_line_or_hint=$(head -1 "$tmp/err")
[[ $one_line_or_hint == *"did you mean closed12"* ]]
check "a form's typo is answered" $?
exits 2 fit
exits 3 fit "$tmp/runs.csv" --model llama-3-8b
one_line 'the table has'
exits 3 fit "$tmp/runs.csv" --min-latency 1h
one_line 'no row left to fit'
exits 3 fit "$tmp/runs.csv" --scope node
exits 4 fit "$tmp/none.csv"
exits 4 fit "$tmp/runs.csv" --quiet -o "$tmp/none/fit.json"
[ ! -e "$tmp/none/fit.json" ]
sed '5s/,[0-9.]*,[0-9.]*,[0-9.]*,[0-9.]*,\(noted\|\)$/,-5,1,1,1,/' "$tmp/runs.csv" >"$tmp/bad.csv"
exits 3 fit "$tmp/bad.csv" -o "$tmp/bad.json"
one_line 'bad.csv:5: energy_j'
[ ! -e "$tmp/bad.json" ]
check "nothing is written on bad input" $?
head -2 "$tmp/runs.csv" >"$tmp/single.csv"
exits 0 fit "$tmp/single.csv" -o "$tmp/single.json"
grep -q 'too few rows .*prior' "$tmp/err"
check "one row is fitted, with a warning" $?
# another model's fit teaches the prior of a table of one row
{ head -1 "$tmp/runs.csv"; grep Qwen "$tmp/runs.csv"; } >"$tmp/qwen.csv"
{ head -1 "$tmp/runs.csv"; grep Mistral "$tmp/runs.csv"; } >"$tmp/mistral.csv"
{ head -1 "$tmp/runs.csv"; grep Mistral "$tmp/runs.csv" | sed -n 14p; } >"$tmp/one.csv"
exits 0 fit "$tmp/qwen.csv" --quiet -o "$tmp/qwen.json"
exits 0 fit "$tmp/one.csv" --quiet -o "$tmp/physical.json"
exits 0 fit "$tmp/one.csv" --quiet --prior learned --learn-from "$tmp/qwen.json" -o "$tmp/learned.json"
grep -q '"source": "one.csv; prior from qwen.json"' "$tmp/learned.json"
check "the fit names its prior" $?
error_of() { # mean |ln(predicted / made up)| over the model's rows
    exits 0 predict --fit "$1" --rows "$tmp/mistral.csv" -o "$tmp/predicted.csv"
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { d = log($at["energy_j"] / $at["measured_energy_j"])
          sum += d < 0 ? -d : d }
        END { print sum / (NR - 1) }' "$tmp/predicted.csv"
}
before=$(error_of "$tmp/physical.json")
after=$(error_of "$tmp/learned.json")
awk -v a="$after" -v b="$before" 'BEGIN { exit !(a < 0.7 * b) }'
check "a learned prior is nearer: $after, $before" $?
exits 2 fit "$tmp/one.csv" --learn-from "$tmp/qwen.json"
exits 4 fit "$tmp/one.csv" --prior learned --learn-from "$tmp/nosuch.json"
sed 's/"engine": "vLLM"/"engine": "other"/' "$tmp/qwen.json" >"$tmp/other.json"
exits 0 fit "$tmp/one.csv" --prior learned --learn-from "$tmp/other.json"
grep -q 'physical prior, no fit of another model' "$tmp/err"
check "no teacher is said" $?
# without --learn-from the priors that the program carries, where it knows the place
exits 0 fit "$tmp/one.csv" --quiet --prior learned -o "$tmp/carried.json"
grep -q '"source": "one.csv; prior from data/priors"' "$tmp/carried.json"
check "the fit names the priors that it carries" $?
awk -v a="$(error_of "$tmp/carried.json")" -v b="$before" 'BEGIN { exit a == b }'
check "the priors that it carries move the fit" $?
sed 's/,vLLM,/,another,/' "$tmp/one.csv" >"$tmp/nowhere.csv"
exits 0 fit "$tmp/nowhere.csv" --prior learned
grep -q 'physical prior, no fit of another model' "$tmp/err"
check "an engine that no prior knows is said" $?
# what a fit teaches: constants with the names of the groups, no row
exits 0 fit "$tmp/runs.csv" --quiet --format prior
grep -q '"schema": "energylens.prior"' "$tmp/out" &&
    grep -q '"deviation": \[' "$tmp/out" && ! grep -q 'energy_j' "$tmp/out"
check "a prior is printed" $?
exits 2 fit "$tmp/runs.csv" --quiet --form smallest-tp --format prior
exit $failed
