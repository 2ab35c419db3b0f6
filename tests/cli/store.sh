#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# store as a black box, on SQLite; where EL_TEST_STORE names an empty database,
# there. $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
export COLUMNS=1000
one_line() { [ "$(wc -l <err)" -eq 1 ] || fail "not one line of error"; }
store=${EL_TEST_STORE:-runs.db}
given=$((${#EL_TEST_STORE} > 0))

# rows NAME BATCH...: reports of vLLM with energy, as rows of a store
rows() {
    local into=$1 batch n=0
    shift
    for batch; do
        n=$((n + 1))
        cat >"bench$batch.json" <<END
{"date": "20260102-1200$((20 + n))", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B",
 "tokenizer_id": "x", "num_prompts": 20, "request_rate": "inf", "burstiness": 1.0,
 "max_concurrency": $batch, "duration": 10.0, "completed": 20, "failed": 0,
 "total_input_tokens": 2000, "total_output_tokens": $((640 + batch)), "request_throughput": 2.0,
 "output_throughput": 64.0, "mean_ttft_ms": 50.0, "mean_tpot_ms": 20.0,
 "mean_itl_ms": 21.0, "mean_e2el_ms": 2700.0}
END
        verb=import
        expect 0 "bench$batch.json" --power gpu.csv --gpu h100 --tp 1 \
            --store "$into" --campaign "night, one"
        err_has "Stored    1 new, 0 were there already"
    done
    verb=store
}
{
    echo "timestamp, index, name, power.draw [W]"
    awk 'BEGIN { for (t = 0; t <= 60; t++)
        printf "2026/01/02 12:00:%02d.000, 0, NVIDIA H100 80GB HBM3, %d W\n",
            t, 300 + t }'
} >gpu.csv

verb=store
[ $given -eq 1 ] || {
    expect 4 ls "$store"
    err_has "runs.db: No such file"
    one_line
}
expect 0 migrate "$store"
out_has "version 1.0, new"
expect 0 migrate "$store"
out_has "version 1.0$"
expect 0 check "$store"
out_has clean
expect 0 export "$store"
[ "$(wc -l <out)" -eq 1 ] || fail "an empty store exports more than a header"
verb=fit
expect 3 "$store"
err_has "no complete run"
one_line

rows "$store" 1 2 4 8
rows b.db 8 16
verb=import
expect 0 bench8.json --power gpu.csv --gpu h100 --tp 1 --store b.db \
    --campaign "night, one"
err_has "Stored    0 new, 1 were there already"
verb=store

# bench8 is row 4 here and row 1 there: another end, another energy; 16 is new
expect 0 merge "$store" b.db
out_has "2 runs read, 2 new"
expect 0 merge "$store" b.db
out_has "2 runs read, 0 new"
expect 0 ls "$store"
out_has "night, one .* 5 .* 6 "
expect 0 show "$store"
[ "$(wc -l <out)" -eq 8 ] || fail "not 6 runs"
expect 0 show "$store" --run 1
out_has "^model  *meta-llama/Llama-3.1-8B$"
out_has "^ttft_s  *0.05$"
for args in "ls $store" "show $store" "show $store --run 2" "check $store" \
    "merge $store b.db" "migrate $store"; do
    # shellcheck disable=SC2086
    expect 0 $args --json
    python3 -c 'import json, sys
d = json.load(open("out"))
sys.exit(d["schema"] != "energylens.store" or "result" not in d)' ||
        fail "$args --json"
done
expect 0 check "$store"

# what reads tables reads stores, to the same numbers
expect 0 export "$store" -o runs.csv
expect 0 export "$store"
cmp -s out runs.csv || fail "-o writes another table than stdout"
[ "$(wc -l <runs.csv)" -eq 7 ] || fail "not 6 rows"
same() { # verb, arguments: the same of the store as of its table
    verb=$1
    shift
    "$prog" "$verb" runs.csv "$@" >a 2>err
    local want=$?
    "$prog" "$verb" "$store" "$@" >b 2>err
    [ $? -eq $want ] || fail "$verb $store: not exit $want, as of its table"
    # the name of the table and what was asked for
    sed -i 's/"postgres"/"runs.db"/; s/runs\.csv\|runs\.db/X/' a b
    [ -s a ] || fail "$verb prints nothing"
    cmp -s a b || fail "$verb: $(diff a b | head -4)"
}
same fit --min-latency 0s --json
same evaluate --min-latency 0s --forms constant --splits all --seeds 2 --json
same discover --min-latency 0s --evaluations 200 --max-complexity 6 --format text
verb=fit
expect 0 runs.csv "$store" --min-latency 0s
verb=plan
expect 0 --space "$2/data/spaces/node4.json" --model llama-3.1-8b --gpu h100 \
    --runs 2 --measured "$store"
verb=store

# requests, samples: none were imported
expect 0 export "$store" --what samples
grep -q '^run,time_s,device,power_w,' out || fail "header of samples"
expect 0 export "$store" --what requests --campaign "night, one"

# mistakes
expect 3 export "$store" --campaign nowhere
err_has "no campaign \"nowhere\""
expect 3 export "$store" --run 99
err_has "no run 99"
expect 2 show "$store" --run 99
expect 2 export "$store" --json
expect 2 sing "$store"
expect 2 merge "$store"
expect 2 ls "$store" "$store"
expect 2 merge b.db b.db
err_has "itself"
echo "this is no database, however long the text of it may be: $(seq 99)" >text.db
for action in ls show export check migrate; do
    expect 3 $action text.db
    err_has "text.db: no store: not a database"
    one_line
done
expect 4 ls "postgresql://anna:s3cret@127.0.0.1:1/x?connect_timeout=1"
grep -q s3cret err && fail "the password is shown"
one_line
# those that can be merged are; the others are said
expect 3 merge new.db text.db b.db
err_has "warning: text.db: no store"
expect 0 ls new.db
out_has " 2 "

# damage is told: exit 1 by check, 3 by those who read
head -c 20000 b.db >cut.db
expect 3 export cut.db
one_line
python3 - <<'END'
import sqlite3
db = sqlite3.connect("b.db")
db.execute("UPDATE run SET energy_j = energy_j + 1 WHERE id = 2")
db.commit()
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
db.close()
db = sqlite3.connect("later.db")
db.execute("PRAGMA application_id = 1162629972")
db.execute("PRAGMA user_version = 7001")
db.execute("CREATE TABLE run(id INTEGER)")
db.commit()
END
expect 1 check b.db
out_has "^run 2: its content gives another key$"
out_has "b.db: damaged"
expect 3 ls later.db
err_has "a store of version 7.1; this program writes 1.0: it cannot be read"
one_line
exit $failed
