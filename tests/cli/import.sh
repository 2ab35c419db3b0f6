#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# import as a black box: a report and a power log joined on time, what is said
# of every file, refusals. $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=import
export COLUMNS=1000
one_line() { [ "$(wc -l <err)" -eq 1 ] || fail "not one line of error"; }
cell() { # column of the first row of a CSV
    awk -F, -v want="$2" 'NR == 1 { for (i = 1; i <= NF; i++)
        if ($i == want) c = i } NR == 2 && c { print $c }' "$1"
}
near() { # value, wanted, relative error
    awk -v a="$1" -v b="$2" -v r="$3" \
        'BEGIN { d = a - b; exit !(a != "" && d * d <= r * r * b * b) }' ||
        fail "$4 is \"$1\", want $2"
}

# 10 s that end at 12:00:20; GPU 0 draws 100 W, from 12:00:15 on 300 W: 2000 J
cat >bench.json <<'END2'
{"date": "20260102-120020", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B",
 "tokenizer_id": "x", "num_prompts": 20, "request_rate": "inf", "burstiness": 1.0,
 "max_concurrency": 4, "duration": 10.0, "completed": 20, "failed": 0,
 "total_input_tokens": 2000, "total_output_tokens": 640, "request_throughput": 2.0,
 "output_throughput": 64.0, "mean_ttft_ms": 50.0, "mean_tpot_ms": 20.0,
 "mean_itl_ms": 21.0, "mean_e2el_ms": 700.0}
END2
log_of() { # GPUs
    echo "timestamp, index, name, power.draw [W]"
    awk -v n="$1" 'BEGIN { for (k = 0; k <= 3000; k++) for (g = 0; g < n; g++) {
        t = k / 100
        printf "2026/01/02 12:00:%06.3f, %d, NVIDIA H100 80GB HBM3, %.2f W\n",
            t, g, t < 15 ? 100 : 300 } }'
}
log_of 1 >gpu.csv
log_of 2 >two.csv

expect 0 bench.json --power gpu.csv --tp 1
near "$(cell out energy_j)" 2000 2e-3 energy_j
near "$(cell out avg_power_w)" 200 2e-3 avg_power_w
near "$(cell out input_tokens)" 100 1e-12 input_tokens
near "$(cell out output_tokens)" 32 1e-12 output_tokens
near "$(cell out ttft_s)" 0.05 1e-12 ttft_s
near "$(cell out itl_s)" 0.021 1e-12 itl_s
near "$(cell out batch_size)" 4 0 batch_size
near "$(cell out avg_batch)" 1.4 1e-12 avg_batch
[ "$(cell out gpu)" = "NVIDIA H100 80GB HBM3" ] || fail "GPU of the log"
[ -z "$(cell out engine)" ] || fail "the client's protocol is no engine"
err_has "bench.json: vllm: 1 row"
err_has "gpu.csv: nvidia-smi: 3001 readings of 1 GPU, 30 s"
err_has "ignored .*backend"
cp out table.csv
# what is read can be fitted: every column is of the contract
"$prog" fit table.csv --min-latency 0s -o fit.json 2>err >out || fail "fit refuses the table"
grep -q "unknown column" err && fail "fit does not know a column"

# the log among the files; -o and --json
expect 0 bench.json gpu.csv --tp 1 -o t.csv
cmp -s t.csv table.csv || fail "a log among the files gives another table"
err_has "used *.*model_id"
expect 0 bench.json gpu.csv --tp 1 -q
[ -s err ] && fail "-q is not quiet"
expect 0 bench.json gpu.csv --tp 1 --json
out_has '"schema": "energylens.import"'
out_has '"format": "nvidia-smi"'
out_has '"output_tokens": 32'
grep -q '"energy_per_request_j"' out && fail "a key without a value"

# whose energy it is: of the GPUs in use, of the node, or nobody knows
expect 0 bench.json two.csv --tp 2
near "$(cell out energy_j)" 4000 2e-3 "energy of both GPUs"
expect 0 bench.json two.csv --tp 1
near "$(cell out energy_node_gpus_j)" 4000 2e-3 energy_node_gpus_j
[ -z "$(cell out energy_j)" ] || fail "energy of idle GPUs counted as used"
expect 0 bench.json gpu.csv --tp 4
[ -z "$(cell out energy_j)" ] || fail "one GPU of four is not the run"
err_has "the others are not in the log"
expect 0 bench.json gpu.csv
[ -z "$(cell out energy_j)" ] || fail "energy of an unknown number of GPUs"
err_has "say it with --tp"

# offset: the log's clock is an hour late, or 5 s: 100 W for all 10 s
sed 's| 12:00:| 11:00:|' gpu.csv >late.csv
expect 0 bench.json late.csv --tp 1
[ -z "$(cell out energy_j)" ] || fail "joined an hour apart"
err_has "not joined with late.csv"
expect 0 bench.json late.csv --tp 1 --offset 1h
near "$(cell out energy_j)" 2000 2e-3 "energy with --offset 1h"
expect 0 bench.json gpu.csv --tp 1 --offset=5s
near "$(cell out energy_j)" 1000 3e-2 "energy with --offset 5s"
expect 0 bench.json gpu.csv --tp 1 --offset=-5s
near "$(cell out energy_j)" 3000 3e-2 "energy with --offset -5s"
expect 2 bench.json gpu.csv --offset soon
# a hole in the log, or one that ends early
awk 'NR < 1300 || NR > 1900' gpu.csv >hole.csv
expect 0 bench.json hole.csv --tp 1
[ -z "$(cell out energy_j)" ] || fail "energy across a hole of 6 s"
err_has "hole of 6"
head -1500 gpu.csv >early.csv
expect 0 bench.json early.csv --tp 1
[ -z "$(cell out energy_j)" ] || fail "energy of a log that ends in the run"

# two GPUs that nothing tells apart
cut -d, -f1,3,4 two.csv >mixed.csv
expect 3 mixed.csv
err_has "several GPUs without a column that tells them apart"
one_line

# a counter before power, unless it falls
amd_of() { # joules at which it starts again
    echo "timestamp,gpu,socket_power,total_energy_consumption"
    awk -v again="$1" 'BEGIN { for (t = 0; t <= 30; t++) {
        j = 150 * t
        printf "%d,0,100,%g\n", 1767355200 + t, j < again ? 500 + j : j - again } }'
}
sed 's/"duration"/"benchmark_start_time_unix": 1767355210, "benchmark_end_time_unix": 1767355220, "duration"/' \
    bench.json >utc.json
amd_of 1e9 >amd.csv
expect 0 utc.json amd.csv --tp 1
near "$(cell out energy_j)" 1500 1e-9 "energy by the counter"
out_has counter_and_power_differ
amd_of 3000 >fell.csv
expect 0 utc.json fell.csv --tp 1
near "$(cell out energy_j)" 1000 1e-9 "energy by power where the counter falls"
err_has "energy counter of 1 GPU falls"
expect 0 utc.json gpu.csv --tp 1
[ -z "$(cell out energy_j)" ] || fail "UTC joined with local time"
err_has "the run has UTC, the log local time: --offset says"

# refused files: one line each; the others go on
sed 's/"completed": 20/"completed": 0/' bench.json >failed.json
expect 3 failed.json -o kept.csv
err_has "failed.json: .*every request failed"
one_line
[ -e kept.csv ] && fail "a table although nothing was read"
expect 1 failed.json bench.json --tp 1
err_has "^refused .*failed.json"
near "$(cell out output_tokens)" 32 1e-12 "output_tokens beside a refused file"
: >empty.csv
expect 3 empty.csv
err_has "empty.csv: empty file"
head -c 300 bench.json >cut.json
expect 3 cut.json
err_has "cut.json"
one_line
head -c 1000 /dev/urandom >noise
expect 3 noise
one_line
expect 4 nowhere.json
expect 2
expect 2 bench.json --format gossip
expect 3 gpu.csv --format vllm
expect 1 gpu.csv
exit $failed
