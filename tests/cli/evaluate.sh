#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# energylens evaluate: $1 = program, $2 = source folder
set -u
el=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
failed=0
fail() { echo "FAIL: $1"; failed=1; }
expect() { # code, what, command...
    local want=$1 what=$2
    shift 2
    "$@" >out 2>err
    local got=$?
    [ "$got" = "$want" ] || { fail "$what: exit $got, want $want"; cat err; }
}

# A made-up measured table: joules of a simple law, two models, tp 1 2 4.
awk 'BEGIN {
    print "model,gpu,tp,precision,engine,batch_size,input_tokens," \
          "output_tokens,energy_per_request_j,latency_s,params_b"
    for (m = 7; m <= 13; m += 6)
    for (t = 1; t <= 4; t *= 2)
    for (b = 1; b <= 64; b *= 2)
    for (l = 256; l <= 2048; l *= 2)
        printf "my-%db,a100-sxm4-40gb,%d,bfloat16,vLLM,%d,%d,%d,%.6g,%.6g,%d\n",
            m, t, b, l, l, l * m * (0.4 / b + 0.1 + 0.02 * t / b),
            l * 0.02, m
}' >runs.csv

expect 0 "plain" "$el" evaluate runs.csv --seeds 2 --samples 20
grep -q closed12 out || fail "table names the forms"
grep -q "2 groups, 168 of 168 rows" out || fail "table counts the rows"

expect 0 "json" "$el" evaluate runs.csv --seeds 2 --samples 20 --json \
    --forms closed12,smallest-tp --splits all,unseen,batch,length,model
for key in '"form": "closed12"' '"split": "length"' '"mape_pct_lo"' \
    '"ceiling_top1_pct"' '"mean_regret_pct"' '"energylens.evaluate"' \
    '"mape_pct": null' '"coverage_pct"' '"r2_log"' '"scenarios"'; do
    grep -q "$key" out || fail "json has $key"
done
grep -qi nan out && fail "json holds NaN"
cp out one.json
expect 0 "threads" "$el" evaluate runs.csv --seeds 2 --samples 20 --json \
    --forms closed12,smallest-tp --splits all,unseen,batch,length,model \
    --threads 3
cmp -s out one.json || fail "other threads, other bytes"

expect 0 "percent" "$el" evaluate runs.csv --seeds 1 --samples 50% \
    --forms powerlaw --splits all --free-batch --no-sessions --min-latency 6s
expect 0 "predictions" "$el" evaluate runs.csv --seeds 1 --samples 20 \
    --forms closed12 --splits batch --predictions tried.csv
[ "$(head -1 tried.csv)" = "model,gpu,precision,engine,tp,pp,ep,dp,batch_size,\
input_tokens,output_tokens,workload,split,samples,seed,form,in_training,\
measured_j,predicted_j" ] || fail "header of the predictions"
[ "$(wc -l <tried.csv)" -gt 60 ] || fail "lines of the predictions"

# nothing fitted: scored where model and GPU are known, else said
sed 's/^my-7b/llama-2-7b/' runs.csv >known.csv
expect 0 "analytic" "$el" evaluate known.csv --seeds 1 --samples 20 \
    --forms analytic,closed12 --splits all,unseen
grep -q "^all  *analytic  *[0-9]" out || fail "analytic has a line"
grep -q 'analytic: unknown model "my-13b"' out || fail "analytic: names the unknown"
expect 0 "analytic json" "$el" evaluate known.csv --seeds 1 --samples 20 \
    --forms analytic --splits unseen --json
grep -q '"form": "analytic"' out || fail "analytic in JSON"
expect 1 "analytic unknown" "$el" evaluate runs.csv --seeds 1 --forms analytic

# several counts: learning curves, the same figures as one count alone
expect 0 "counts" "$el" evaluate runs.csv --seeds 2 --samples 6,20 --json \
    --forms closed12,smallest-tp,gp --splits unseen,model --by arch,gpu \
    --compare closed12,gp --plot curves.svg
for key in '"label": "dense, a100-sxm4-40gb"' '"label": ""' '"samples": 6' \
    '"against": "gp"' '"differ_pct"' '"level": 0.9'; do
    grep -q "$key" out || fail "json of several counts has $key"
done
grep -q '<svg' curves.svg || fail "curves are drawn"
grep -q 'gp' curves.svg || fail "curves are named"
[ "$(grep -c '"split": "model"' out)" -eq 7 ] || fail "model draws nothing: once"
expect 0 "csv" "$el" evaluate runs.csv --seeds 2 --samples 6,20 --format csv \
    --forms closed12 --splits unseen
[ "$(wc -l <out)" -eq 3 ] || fail "one line a count"
tail -1 out >both.csv
expect 0 "csv alone" "$el" evaluate runs.csv --seeds 2 --samples 20 \
    --format csv --forms closed12 --splits unseen
tail -1 out | cmp -s - both.csv || fail "a count depends on the others"
expect 0 "curves in text" "$el" evaluate runs.csv --seeds 2 --samples 6,20 \
    --forms closed12,gp --splits unseen --compare gp,closed12
grep -q "Learning curves, split unseen" out || fail "chart in the terminal"
grep -q "gp less closed12" out || fail "difference in the terminal"
grep -q "the fastest configuration is not the cheapest" out ||
    fail "divergence in the terminal"
expect 2 "pair of one" "$el" evaluate runs.csv --compare closed12
expect 2 "pair unknown" "$el" evaluate runs.csv --compare closed12,gp
expect 2 "part unknown" "$el" evaluate runs.csv --by archs
expect 2 "mixed counts" "$el" evaluate runs.csv --samples 5,50%
expect 2 "one count" "$el" evaluate runs.csv --plot x.svg
expect 2 "two splits" "$el" evaluate runs.csv --samples 5,9 --plot x.svg
expect 2 "plot's ending" "$el" evaluate runs.csv --samples 5,9 --seeds 1 \
    --splits all --forms constant --plot x.txt
[ -e x.svg ] && fail "a refused plot leaves no file"

# what is done is kept: a run that was stopped anywhere ends with the same bytes
run=("$el" evaluate runs.csv --seeds 4 --samples "6,20" --json
    --splits "all,unseen,model" --forms "closed12,smallest-tp,sweetspot")
expect 0 "all at once" "${run[@]}"
cp out whole.json
expect 0 "checkpoint" "${run[@]}" --checkpoint kept
cmp -s out whole.json || fail "a checkpoint changes figures"
n=$(wc -l <kept)
for lines in 1 2 9 $((n - 1)); do
    { head -n "$lines" kept && sed -n "$((lines + 1))p" kept | head -c 40; } >torn
    expect 0 "resume after $lines lines" "${run[@]}" --checkpoint torn --resume
    cmp -s out whole.json || fail "resumed after $lines lines: other figures"
    [ "$(wc -l <torn)" -eq "$n" ] || fail "resumed after $lines lines: not all kept"
done
expect 0 "resume with other threads" "${run[@]}" --checkpoint torn --resume --threads 1
cmp -s out whole.json || fail "a full checkpoint changes figures"
rm -f torn
"${run[@]}" --seeds 40 --checkpoint torn >out 2>err & # whatever it has done
pid=$!
: >>torn
while kill -0 $pid 2>/dev/null && [ "$(wc -l <torn)" -lt 9 ]; do
    sleep 0.02
done
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
expect 0 "killed" "${run[@]}" --seeds 40 --checkpoint torn --resume
cp out resumed.json
expect 0 "not killed" "${run[@]}" --seeds 40
cmp -s out resumed.json || fail "killed and resumed: other figures"
expect 3 "of other options" "${run[@]}" --seed 1 --checkpoint kept --resume
grep -q "kept: not of this run" err || fail "of other options: says so"
sed 's/,7$/,8/' runs.csv >other.csv
expect 3 "of another table" "$el" evaluate other.csv "${run[@]:3}" --checkpoint kept --resume
sed '3s/.$/~/' kept >damaged
expect 3 "damaged checkpoint" "${run[@]}" --checkpoint damaged --resume
grep -q "damaged:3:" err || fail "damaged checkpoint: names the line"
cp runs.csv mine.csv
expect 3 "a table is no checkpoint" "${run[@]}" --checkpoint mine.csv
cmp -s runs.csv mine.csv || fail "a table was overwritten"
expect 2 "resume what" "${run[@]}" --resume
expect 4 "no folder" "${run[@]}" --checkpoint nowhere/kept
expect 0 "nothing to resume" "${run[@]}" --checkpoint fresh --resume
grep -q "fresh is not there" err || fail "nothing to resume: says so"

# learned forms keep no model
expect 2 "fit forest" "$el" fit runs.csv --form forest -o f.json
grep -q 'evaluate' err || fail "fit forest says what runs it"
[ -e f.json ] && fail "fit forest leaves no file"
# XGBoost's library missing: those forms say so, the rest works
mkdir empty && : >empty/libxgboost.so.0
LD_LIBRARY_PATH=$PWD/empty expect 0 "no library" "$el" evaluate runs.csv \
    --seeds 1 --samples 20 --forms boost,forest,closed12 --splits all
grep -q "boost.*libxgboost0\|libxgboost0.*boost\|XGBoost's library" out ||
    fail "no library: one line says so"
grep -q "closed12  *[0-9]" out || fail "no library: closed12 is scored"

expect 2 "unknown form" "$el" evaluate runs.csv --forms closed13
grep -q closed12 err || fail "unknown form: names the nearest"
expect 2 "unknown split" "$el" evaluate runs.csv --splits unsen
expect 2 "no samples" "$el" evaluate runs.csv --samples 0
expect 2 "no seeds" "$el" evaluate runs.csv --seeds 0
expect 2 "no file" "$el" evaluate
expect 4 "missing file" "$el" evaluate nowhere.csv
expect 3 "nothing left" "$el" evaluate runs.csv --model nobody
expect 3 "too short" "$el" evaluate runs.csv --min-latency 1h
expect 3 "no node energy" "$el" evaluate runs.csv --scope node
expect 4 "unwritable" "$el" evaluate runs.csv --seeds 1 --forms constant \
    --splits all --predictions /nowhere/x.csv
printf 'model,gpu,tp,batch_size,output_tokens,energy_j\nm,a,1,1,9,x\n' >bad.csv
expect 3 "bad cell" "$el" evaluate bad.csv
grep -q 'bad.csv:2: energy_j' err || fail "bad cell: names its place"
exit $failed
