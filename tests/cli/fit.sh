#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# fit.sh PROGRAM SOURCE: fit a made-up table; report, file, formulas, bad input.
set -u
program=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

check() {
    if [ "$2" -ne 0 ]; then
        echo "FAILED: $1"
        failed=1
    fi
}

exits() { # code, arguments...
    local want=$1
    shift
    "$program" "$@" >"$tmp/out" 2>"$tmp/err"
    local got=$?
    [ "$got" -eq "$want" ]
    check "energylens $* exits $got, want $want: $(head -1 "$tmp/err")" $?
}

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
exits 0 fit "$tmp/runs.csv" --model qwen3-8b --format python --quiet
python3 -c "
import runpy
e = runpy.run_path('$tmp/out')['energy_j'](1, 1, 4, 512, 512)
assert 500 < e < 20000, e"
check "the Python formula runs" $?
exits 0 fit "$tmp/runs.csv" --model qwen3-8b --format c --quiet
cp "$tmp/out" "$tmp/f.c"
cc -std=c17 -c "$tmp/f.c" -o "$tmp/f.o"
check "the C formula compiles" $?
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
exit $failed
