#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# predict.sh PROGRAM SOURCE: one configuration, tables, the contract of --rows.
# shellcheck source=../support/check.sh
. "$2/tests/support/check.sh"
source=$2
fit=$source/data/fits/a100-sxm4-40gb.fit.json

has() {
    grep -q -- "$1" "$tmp/out"
    check "output has \"$1\"" $?
}

one=(predict --fit "$fit" --model llama-3-8b --tp 2 --batch 8 --isl 512 --osl 256)
exits 0 "${one[@]}" --explain
for word in 'energy/request' 'TTFT' 'FITTED' 'reading weights'; do has "$word"; done
exits 0 predict --fit "$fit" --model llama-3-8b --tp 8 --batch 8 --isl 512 --osl 256
has 'EXTRAPOLATED'
has 'tp 8 outside'
exits 0 predict --fit "$fit" --model llama-3-8b --gpu h100 --tp 1 --batch 8 --isl 512 --osl 256
has 'MODELLED'
exits 0 predict --model qwen3-8b --gpu h200-sxm,b200 --batch 1,8 --isl 512 --osl 256
[ "$(grep -c MODELLED "$tmp/out")" -eq 4 ]
check "two GPUs, two batches: four lines" $?
exits 0 "${one[@]}" --scope node --node-gpus 4 --explain
has 'idle GPUs'
exits 0 "${one[@]}" --scope facility --node-gpus 4 --pue 1.5 --explain
has 'cooling and losses'
exits 2 "${one[@]}" --scope node
exits 2 predict --fit "$fit" --model llama-3-8b
exits 2 predict --fit "$fit" --osl 100
exits 2 predict --osl 100 --model qwen3-8b
exits 2 predict --rows x.csv --model qwen3-8b
exits 4 predict --fit "$tmp/none.json" --model llama-3-8b --osl 10
head -c 5000 "$fit" >"$tmp/cut.json"
exits 3 predict --fit "$tmp/cut.json" --model llama-3-8b --osl 10
[ "$(wc -l <"$tmp/err")" -eq 1 ]
check "a truncated fit is one line" $?

python3 - "$tmp" <<'PY'
import csv, random, sys
tmp = sys.argv[1]
random.seed(4)
head = ["note", "model", "gpu", "tp", "precision", "engine", "batch_size",
        "input_tokens", "output_tokens", "energy_j", "latency_s", "quality_flag"]
rows = []
for i in range(60):
    rows.append([f"r{i}, \"quoted\"",
                 random.choice(["llama-3-8b", "Qwen/Qwen2-7B", "mixtral-8x7b",
                                "Qwen/Qwen3-8B", "nobody/knows-it"]),
                 random.choice(["A100-SXM4-40GB", "NVIDIA A100-SXM4-40GB", "h100", "no-gpu"]),
                 random.choice([1, 2, 4, 8]),
                 random.choice(["bfloat16", "fp8"]),
                 random.choice(["vLLM (eager)", "SGLang", ""]),
                 random.choice([1, 8, 64]), random.choice([128, 999, ""]),
                 random.choice([64, 1000]), 1 + i, 0.1, "bad_latency"])
def write(name, head, rows):
    with open(f"{tmp}/{name}", "w", newline="") as f:
        csv.writer(f).writerows([head] + rows)
write("rows.csv", head, rows)
write("hidden.csv", head[:9], [r[:9] for r in rows])
write("other.csv", head, [r[:9] + [777, 5, ""] for r in rows])
order = list(range(60)); random.shuffle(order)
write("shuffled.csv", head, [rows[i] for i in order])
print(*order, file=open(f"{tmp}/order", "w"))
write("empty.csv", head, [])
rows[7][3] = "two"
write("bad.csv", head, rows)
PY
for name in rows hidden other shuffled; do
    exits 1 predict --fit "$fit" --rows "$tmp/$name.csv" -o "$tmp/$name.out" --quiet
done
exits 1 predict --fit "$fit" --rows "$tmp/rows.csv" --json --threads 1
cp "$tmp/out" "$tmp/rows.json"
exits 1 predict --fit "$fit" --rows "$tmp/rows.csv" -o "$tmp/threads.out" --threads 3
cmp -s "$tmp/rows.out" "$tmp/threads.out"
check "threads do not change a byte" $?
exits 0 predict --fit "$fit" --rows "$tmp/empty.csv"
[ "$(wc -l <"$tmp/out")" -eq 1 ]
check "no rows in, a header out" $?
exits 3 predict --fit "$fit" --rows "$tmp/bad.csv" -o "$tmp/bad.out"
grep -q 'bad.csv:9: tp: not a number: "two"' "$tmp/err" && [ ! -e "$tmp/bad.out" ]
check "a malformed cell: its place, and nothing written" $?

python3 - "$program" "$fit" "$tmp" <<'PY'
import csv, json, subprocess, sys
program, fit, tmp = sys.argv[1:]
read = lambda name: list(csv.DictReader(open(f"{tmp}/{name}", newline="")))
out, hidden, other, shuffled = (read(n + ".out") for n in ("rows", "hidden", "other", "shuffled"))
plain = read("rows.csv")
assert len(out) == len(plain) == 60
order = list(map(int, open(f"{tmp}/order").read().split()))
predicted = ["energy_per_request_j", "energy_per_output_token_j", "prefill_energy_j",
             "decode_energy_j", "energy_j", "ttft_s", "tpot_s", "avg_power_w",
             "energy_per_request_lo_j", "energy_per_request_hi_j", "level", "source",
             "extrapolated_axes", "note"] + [k for k in out[0] if k.startswith("breakdown_")]
assert len(predicted) > 18, predicted
n_source = {}
for i, row in enumerate(out):
    for key in plain[i]:
        have = row["measured_" + key] if key in ("note", "energy_j") else row[key]
        assert have == plain[i][key], (i, key, have)
    for key in predicted:
        assert row[key] == hidden[i][key] == other[i][key], (i, key)
        assert shuffled[order.index(i)][key] == row[key], (i, key)
    n_source[row["source"]] = n_source.get(row["source"], 0) + 1
    if row["energy_per_request_j"] == "":
        assert row["note"] and all(row[k] == "" for k in predicted if k != "note"), row
        continue
    e, lo, hi = (float(row["energy_per_request" + k]) for k in ("_j", "_lo_j", "_hi_j"))
    assert 0 < lo < e < hi, row
    total = sum(float(row[k]) for k in predicted if k.startswith("breakdown_") and row[k])
    assert abs(total / e - 1) < 1e-9, (total, e)
    if row["input_tokens"] == "":
        assert row["source"] == "MODELLED" and row["prefill_energy_j"] == "" or row["note"], row
    if i % 6 == 0 and row["input_tokens"]:
        one = subprocess.run(
            [program, "predict", "--json", "--fit", fit, "--model", row["model"],
             "--gpu", row["gpu"], "--tp", row["tp"], "--batch", row["batch_size"],
             "--isl", row["input_tokens"], "--osl", row["output_tokens"],
             "--precision", row["precision"], "--engine", row["engine"]],
            capture_output=True, text=True)
        assert one.returncode == 0, one.stderr
        got = json.loads(one.stdout)["result"]["rows"][0]
        assert got["energy_per_request_j"] == e, (i, got["energy_per_request_j"], e)
        assert got["source"] == row["source"], (i, got["source"], row["source"])
assert set(n_source) >= {"FITTED", "EXTRAPOLATED", "MODELLED", ""}, n_source
doc = json.load(open(f"{tmp}/rows.json"))
assert doc["schema"] == "energylens.predict" and len(doc["result"]["rows"]) == 60
for row, r in zip(out, doc["result"]["rows"]):
    v = r["energy_per_request_j"]
    assert (v is None and row["energy_per_request_j"] == "") or v == float(row["energy_per_request_j"])
    assert set(r) >= set(k for k in predicted if not k.startswith("breakdown_")) | {"breakdown"}
PY
check "the contract of --rows" $?
# predicting a table of predictions keeps both sets of columns
exits 1 predict --fit "$fit" --rows "$tmp/rows.out" -o "$tmp/twice.out" --quiet
head -1 "$tmp/twice.out" | grep -q 'measured_measured_energy_j'
check "columns of a table read twice keep apart" $?
# Images cost joules of their own; their tokens are part of the prompt.
"$program" predict --model qwen3-vl-8b --gpu h100 --tp 1 --batch 8 --isl 2500 \
    --osl 200 --images 2 --json >"$tmp/images.json"
grep -q '"vision_j": [1-9]' "$tmp/images.json"
check 'images are a cause of their own' $?
grep -q '"vision_tokens": 2048' "$tmp/images.json"
check 'tokens of images stand apart' $?
exits 3 predict --model llama-3-8b --gpu h100 --isl 500 --osl 9 --images 1
# A config.json is a model too; its parameter count decides the joules.
cat >"$tmp/config.json" <<'J'
{"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32,
 "num_attention_heads": 32, "num_key_value_heads": 8,
 "intermediate_size": 14336, "vocab_size": 128256}
J
"$program" predict --model "$tmp/config.json" --gpu h100 --tp 1 --batch 8 \
    --isl 500 --osl 200 --json >"$tmp/path.json"
"$program" predict --model llama-3.1-8b --gpu h100 --tp 1 --batch 8 \
    --isl 500 --osl 200 --json >"$tmp/name.json"
for file in path name; do
    grep -m1 '"energy_per_request_j"' "$tmp/$file.json" | tr -dc '0-9.\n'
done | awk '{v[NR] = $1} END {exit !(v[1] > 0 && v[1] / v[2] < 1.01 && v[2] / v[1] < 1.01)}'
check 'a config.json equals its catalogue entry' $?
# What the weights are stored in, as explain says it.
for model in deepseek-v3 gpt-oss-120b qwen3-8b; do
    for verb in predict explain; do
        "$program" $verb --model $model --gpu h200 --tp 8 --isl 99 --osl 9 |
            sed -n '1s/, vLLM$//; 1p' >"$tmp/$verb"
    done
    cmp -s "$tmp/predict" "$tmp/explain"
    check "$model: $(cat "$tmp/predict") is $(cat "$tmp/explain")" $?
    [ $model = deepseek-v3 ] || continue
    grep -q 'bfloat16 (weights of 8 bits)$' "$tmp/predict"
    check "a release of 8 bits says so" $?
done
"$program" predict --model "$tmp/none.json" --gpu h100 --tp 1 --batch 1 \
    --isl 1 --osl 1 2>"$tmp/err"
grep -q 'none.json: No such file' "$tmp/err"
check 'a config.json that is not there is named' $?

exit $failed
