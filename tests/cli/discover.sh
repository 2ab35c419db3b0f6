#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# discover.sh PROGRAM SOURCE: laws of made-up tables; report, files, bad input.
# shellcheck source=../support/check.sh
. "$2/tests/support/check.sh"

one_line() {
    [ "$(wc -l <"$tmp/err")" -eq 1 ] && grep -q "$1" "$tmp/err"
    check "one line with \"$1\": $(cat "$tmp/err")" $?
}

python3 - "$tmp" <<'PY'
import random, sys
random.seed(1)
tmp = sys.argv[1]
with open(f"{tmp}/gen.csv", "w") as f:
    f.write("m,v,r,same,label,y\n")
    for k in range(60):
        m, v, r = (10 ** random.uniform(-1, 1) for _ in range(3))
        f.write(f"{m!r},{v!r},{r!r},7,row {k},{m * v * v / r + 3 * m!r}\n")
with open(f"{tmp}/signed.csv", "w") as f:
    f.write("x,y\n")
    for k in range(40):
        f.write(f"{k / 4 - 5},{(k / 4 - 5) ** 3 - 2}\n")
# runs.csv holds a law exactly, noisy.csv within 3 %
with open(f"{tmp}/runs.csv", "w") as f, open(f"{tmp}/noisy.csv", "w") as g:
    head = ("model,gpu,tp,precision,engine,batch_size,input_tokens,output_tokens,"
            "energy_j,latency_s\n")
    f.write(head)
    g.write(head)
    for tp in (1, 2, 4):
        for b in (1, 4, 16, 64):
            for i, o in ((128, 256), (512, 128), (2048, 512), (300, 2000)):
                e = 2.5 * o * tp + 0.02 * b * i + 0.5 * b * o
                row = f"Qwen/Qwen3-8B,A100-SXM4-40GB,{tp},bfloat16,vLLM,{b},{i},{o}"
                f.write(f"{row},{e!r},{o / 10}\n")
                g.write(f"{row},{e * random.gauss(1, 0.03)!r},{o / 10}\n")
PY

exits 0 discover "$tmp/gen.csv" --target y --evaluations 2000
grep -q 'm\*(v^2/r + 3)' "$tmp/out" && grep -q 'fits to rounding' "$tmp/out"
check "an exact law is found" $?
grep -q 'no numbers left out: label' "$tmp/err" && grep -q 'same on all rows left out: same' "$tmp/err"
check "columns without use are named" $?
exits 0 discover "$tmp/signed.csv" --target y --evaluations 2000 --format text
check "the law alone: $(cat "$tmp/out")" "$(grep -q 'x^3' "$tmp/out" && grep -q -- '- 2' "$tmp/out"; echo $?)"
for format in latex c python; do
    exits 0 discover "$tmp/gen.csv" --target y --evaluations 2000 --format $format --quiet
    cp "$tmp/out" "$tmp/f.$format"
done
python3 - "$tmp" <<'PY'
import csv, ctypes, runpy, subprocess, sys
tmp = sys.argv[1]
f = runpy.run_path(f"{tmp}/f.python")["y"]
import os
os.rename(f"{tmp}/f.c", f"{tmp}/law.c")
subprocess.run(["cc", "-std=c17", "-Wall", "-Werror", "-shared", "-fPIC", f"{tmp}/law.c",
                "-o", f"{tmp}/law.so", "-lm"], check=True)
c = ctypes.CDLL(f"{tmp}/law.so").y
c.restype, c.argtypes = ctypes.c_double, [ctypes.c_double] * 3
for row in csv.DictReader(open(f"{tmp}/gen.csv")):
    x = [float(row[k]) for k in "mvr"]
    for value in f(*x), c(*x):
        assert abs(value / float(row["y"]) - 1) < 1e-9, (row, value)
PY
check "the Python and C functions give the rows" $?

exits 0 discover "$tmp/noisy.csv" --evaluations 8000 --json --threads 1 --front "$tmp/front.csv"
cp "$tmp/out" "$tmp/one"
exits 0 discover "$tmp/noisy.csv" --evaluations 8000 --json --threads 3
cmp -s "$tmp/out" "$tmp/one"
check "threads do not change a byte" $?
python3 - "$tmp" <<'PY'
import csv, json, sys
tmp = sys.argv[1]
doc = json.load(open(f"{tmp}/one"))
assert doc["schema"] == "energylens.discover" and doc["version"] == 1
r = doc["result"]
assert r["target"] == "energy_j" and r["rows"] == 48 and not r["stopped"]
assert [c["name"] for c in r["columns"]] == [
    "tp", "batch_size", "input_tokens", "output_tokens", "kv_waves"]
pick = r["laws"][r["pick"]]
assert pick["mean_error_pct"] < 5, pick
rows = list(csv.DictReader(open(f"{tmp}/front.csv")))
assert len(rows) == len(r["laws"])
for row, law in zip(rows, r["laws"]):
    assert row["formula"] == law["formula"] and int(row["complexity"]) == law["complexity"]
    names = {"tp": 2, "batch_size": 4, "input_tokens": 512, "output_tokens": 128, "kv_waves": 1, "max": max}
    assert eval(law["formula"].replace("^", "**"), {"__builtins__": {}}, {**names, **vars(__import__("math"))}) > 0
assert [row["picked"] for row in rows].count("1") == 1
sizes = [law["complexity"] for law in r["laws"]]
assert sizes == sorted(sizes)
PY
check "JSON and front CSV agree and hold the law" $?
exits 0 discover "$tmp/runs.csv" --evaluations 2000 -o "$tmp/law.json" --json --plot "$tmp/fit.svg" --plot-front "$tmp/front.svg"
[ ! -s "$tmp/out" ] && grep -q 'energy_j = ' "$tmp/err" && grep -q 'measured \[J\]' "$tmp/fit.svg" &&
    grep -q '<svg' "$tmp/front.svg" && grep -q 'rows left out' "$tmp/front.svg" &&
    grep -q 'energylens.discover' "$tmp/law.json"
check "-o --json: the front to the file, the law to the terminal; --plot and --plot-front draw" $?
exits 0 discover "$tmp/runs.csv" --evaluations 8000 -o "$tmp/law.fit.json" --quiet
exits 0 predict --fit "$tmp/law.fit.json" --model qwen3-8b --tp 2 --batch 16 --isl 512 --osl 128 --json
python3 - "$tmp" <<'PY'
import json, sys
tmp = sys.argv[1]
r = json.load(open(f"{tmp}/out"))["result"]["rows"][0]
want = 2.5 * 128 * 2 + 0.02 * 16 * 512 + 0.5 * 16 * 128
assert abs(r["energy_j"] / want - 1) < 2e-3, (r["energy_j"], want)
assert r["source"] == "FITTED"
fit = json.load(open(f"{tmp}/law.fit.json"))
assert fit["schema"] == "energylens.fit" and fit["result"]["form"] == "discovered"
assert "output_tokens" in fit["result"]["fits"][0]["targets"]["energy"]["law"]
PY
check "a law is a fit that predict takes" $?
exits 0 optimize --fit "$tmp/law.fit.json" --model qwen3-8b --gpus 4 --isl 512 --osl 256 --request-rate 2
exits 0 evaluate "$tmp/runs.csv" --forms discovered --splits unseen --samples 30 --seeds 1
exits 0 discover "$tmp/runs.csv" --refit "$tmp/law.fit.json"
grep -q 'holds in 1 of 1' "$tmp/out"
check "--refit: a law holds where it was found" $?
awk -F, -v OFS=, 'NR > 1 {$9 = 100 * $7^2 * (NR % 3 + 1)} {print}' "$tmp/runs.csv" >"$tmp/other.csv"
exits 1 discover "$tmp/other.csv" --refit "$tmp/law.fit.json" --json
python3 -c "
import json, sys
r = json.load(open(sys.argv[1]))['result']
assert r['held'] in (0, 1) and r['groups'][0]['mean_error_pct'] > 5, r" "$tmp/out"
check "... and not on other rows" $?
exits 4 discover "$tmp/runs.csv" --refit "$tmp/none.json"
exits 0 fit "$tmp/runs.csv" -o "$tmp/closed.json" --quiet
exits 3 discover "$tmp/runs.csv" --refit "$tmp/closed.json"
one_line 'no law'
sed 's/"law": "/&speed*/' "$tmp/law.fit.json" >"$tmp/bad.fit.json"
exits 3 predict --fit "$tmp/bad.fit.json" --model qwen3-8b --tp 2 --batch 16 --isl 512 --osl 128
one_line 'law: .*speed'
sed '/"law": /d' "$tmp/law.fit.json" >"$tmp/bad.fit.json"
exits 3 predict --fit "$tmp/bad.fit.json" --model qwen3-8b --tp 2 --batch 16 --isl 512 --osl 128
one_line 'law: missing'

# a search in two parts is the search in one
search=(discover "$tmp/noisy.csv" --evaluations 40000 --operators '+,*,/' --max-complexity 12 --seed 4)
exits 0 "${search[@]}" --json
cp "$tmp/out" "$tmp/whole"
exits 0 "${search[@]}" --json --checkpoint "$tmp/state" --evaluations 20000
exits 0 "${search[@]}" --json --checkpoint "$tmp/state" --resume
cmp -s "$tmp/out" "$tmp/whole"
check "--resume ends where one search would have" $?
exits 0 "${search[@]}" --json --checkpoint "$tmp/new" --resume
grep -q 'is not there' "$tmp/err" && [ -s "$tmp/new" ]
check "--resume without a file starts" $?
exits 3 "${search[@]}" --checkpoint "$tmp/runs.csv" --resume
exits 3 discover "$tmp/gen.csv" --target y --signs positive --checkpoint "$tmp/state" --resume --quiet
exits 2 "${search[@]}" --resume

# bad input: one line, the right code, nothing written
exits 2 discover
exits 2 discover "$tmp/gen.csv"
grep -q -- '--target' "$tmp/err"
check "a table without energy needs --target" $?
exits 2 discover "$tmp/gen.csv" --target z
exits 2 discover "$tmp/gen.csv" --target y --features m,w
exits 2 discover "$tmp/gen.csv" --target y --features m,y
exits 2 discover "$tmp/gen.csv" --target y --operators +,foo
exits 2 discover "$tmp/gen.csv" --target y --monotone m
exits 2 discover "$tmp/gen.csv" --target y --monotone w:+
exits 2 discover "$tmp/gen.csv" --target y --model x
exits 2 discover "$tmp/gen.csv" --target y --plain-constants
exits 3 discover "$tmp/gen.csv" --target same
one_line 'same'
exits 3 discover "$tmp/signed.csv" --target y --loss log
one_line 'not above 0'
exits 4 discover "$tmp/none.csv" --target y
head -2 "$tmp/signed.csv" >"$tmp/single.csv"
exits 3 discover "$tmp/single.csv" --target y
one_line '1 row'
sed '5s/,.*/,oops/' "$tmp/signed.csv" >"$tmp/bad.csv"
exits 3 discover "$tmp/bad.csv" --target y --front "$tmp/bad.front" -o "$tmp/bad.json"
one_line 'bad.csv:5: y: not a number'
[ ! -e "$tmp/bad.front" ] && [ ! -e "$tmp/bad.json" ]
check "nothing is written on bad input" $?
printf 'column,unit\nm,kg\nv,m/s\nr,m\ny,J\n' >"$tmp/units.csv"
exits 3 discover "$tmp/gen.csv" --target y --units "$tmp/units.csv" --plain-constants --quiet
one_line 'y is in J'
printf 'column,unit\nm,kg^^\n' >"$tmp/units.csv"
exits 3 discover "$tmp/gen.csv" --target y --units "$tmp/units.csv" --quiet
one_line 'units.csv:2: unit'
printf 'm,kg\n' >"$tmp/units.csv"
exits 3 discover "$tmp/gen.csv" --target y --units "$tmp/units.csv" --quiet
one_line 'column,unit'
exits 1 discover "$tmp/noisy.csv" --time 1ms --evaluations 5000000
grep -q 'TIME LIMIT' "$tmp/out" && grep -q 'too short' "$tmp/err"
check "a time too short gives the best so far" $?
python3 - "$program" "$tmp" <<'PY'
import json, signal, subprocess, sys, time
program, tmp = sys.argv[1:]
# not from the shell, whose background jobs ignore Ctrl-C
with open(f"{tmp}/err", "w") as err:
    p = subprocess.Popen([program, "discover", f"{tmp}/noisy.csv", "--time", "60s", "--json"],
                         stdout=subprocess.PIPE, stderr=err)
    time.sleep(1)
    p.send_signal(signal.SIGINT)
    r = json.load(p.stdout)["result"]
assert p.wait() == 130 and r["stopped"] and r["laws"]
PY
check "Ctrl-C gives the best so far: $(cat "$tmp/err")" $?
exit $failed
