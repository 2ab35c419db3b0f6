#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A plan carried out against a double of an engine with a double of NVML: what
# is kept, what is refused, what breaks in the middle, job scripts.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
# shellcheck source=../support/campaign.sh
. "$2/tests/support/campaign.sh"
verb=profile
engine="'$fake' --port {port} --model {model} --ttft 0.004 --itl 0.001"
tiny="--window 50ms --allow-short --idle 0s --repeats 1 --confidence 0"
quick="$tiny --meter none"

# --- what would be done -------------------------------------------------------
plan p.csv "1 4 64 16" "2 4 64 16" "1 8 64 16"
expect 0 p.csv --dry-run --engine-cmd "x {model} --tp {tp} --port {port}"
out_has '^start   x meta-llama/Llama-2-7b-hf --tp 1 --port PORT$'
out_has '^row 3   tp=1 batch=8 64+16 bfloat16, 3 to 10 times:'
out_has 'POST http://127.0.0.1:PORT/v1/completions: 64 + 16 tokens, streamed, 8 at a time'
out_has '64 + 1 tokens'
is "engines that start" "$(grep -c ^start out)" 2
[ -e runs.db ] && fail "a dry run wrote a store"

# --- a campaign ---------------------------------------------------------------
expect 0 p.csv $tiny --engine-cmd "$engine"
out_has '3 done; campaign p of runs.db'
nobody_left
is "runs" "$(sql runs.db "SELECT count(*) FROM run WHERE state = 'complete'")" 3
is "engine logs" "$(ls runs.db.logs)" "engine-1.log"
# two GPUs of 300 W, of which tp are in use
for tp in 1 2; do
    near "energy of tp=$tp" "$(sql runs.db "SELECT energy_j / duration_s FROM run r
        JOIN configuration c ON c.id = configuration_id WHERE tp = $tp LIMIT 1")" \
        "300 * $tp" 0.01
done
near "GPUs of the node" "$(sql runs.db "SELECT min(energy_node_gpus_j / duration_s)
    FROM run")" 600 0.01
near "requests in flight" "$(sql runs.db "SELECT min(avg_batch / batch_size) FROM run
    JOIN configuration c ON c.id = configuration_id")" 0.75 0.35
# 4 ms and 15 gaps of 1 ms at least, whole rounds
sql runs.db "SELECT min(latency_s) > 0.0185, min(ttft_s) > 0.0038, min(itl_s) > 0.0009,
    max(itl_s) < 1, min(requests >= batch_size) FROM run
    JOIN configuration c ON c.id = configuration_id" >times.txt
is "times" "$(cat times.txt)" "1|1|1|1|1"
is "how prefill was told apart" "$(sql runs.db "SELECT DISTINCT value FROM fact
    WHERE name = 'prefill_by'")" difference
near "prefill and decode" "$(sql runs.db "SELECT max(abs((prefill_energy_j +
    decode_energy_j) / energy_j - 1)) + 1 FROM run")" 1 1e-9
sql runs.db "SELECT DISTINCT quality_flag FROM run" | grep -q short_window ||
    fail "a short window is not flagged"
is "requests kept" "$(sql runs.db "SELECT count(*) > 50 FROM request")" 1
is "readings kept" "$(sql runs.db "SELECT count(*) > 100 FROM sample")" 1

# twice is not by mistake; --resume has nothing to do
expect 2 p.csv $tiny --engine-cmd "$engine"
err_has -- '--resume goes on with it'
expect 0 p.csv $tiny --engine-cmd "$engine" --resume
out_has '3 done before'
expect 0 p.csv $tiny --split none --engine-cmd "$engine" --resume --repeats 2 --row 2 --json
out_has '"runs": 2'
out_has '"state": "done"'

# --- a running engine, no meter -----------------------------------------------
"$fake" --port 0 --engine llama.cpp --itl 0.001 >url 2>/dev/null &
server=$!
for _ in $(seq 200); do [ -s url ] && break || sleep 0.05; done
url=$(grep -o 'http[^ ]*' url | head -1)
plan one.csv "1 4 64 16"
expect 0 one.csv $tiny --engine-url "$url" --meter none --store times.db --json
out_has '"time_per_output_token_s"'
is "no energy" "$(sql times.db "SELECT energy_j, prefill_energy_j, avg_power_w
    FROM run")" "None|None|None"
expect 2 p.csv $tiny --engine-url "$url" --store none.db # tp=1 and tp=2
err_has 'one engine cannot be'
kill $server
wait $server 2>/dev/null

# --- the data decide: steady windows, repeats ---------------------------------
expect 0 one.csv --engine-cmd "$engine" --store steady.db --window 3s --idle 500ms \
    --repeats 1 --confidence 0 --split phases --max-time 20s
# the double draws 300 W all the time
sql steady.db "SELECT quality_flag FROM run" >flags
grep -q gpu_not_loaded flags || fail "an idle GPU is not flagged"
grep -qE 'short|untested|failed' flags && fail "flags: $(cat flags)"
is "phases" "$(sql steady.db "SELECT DISTINCT value FROM fact
    WHERE name = 'prefill_by'")" phases
near "idle power" "$(sql steady.db "SELECT idle_power_w FROM run LIMIT 1")" 300 0.01
is "window" "$(sql steady.db "SELECT min(duration_s) >= 3 FROM run")" 1
# its readings are whole and can be played back
verb=store
expect 0 check steady.db
expect 0 export steady.db --run 1 --what samples -o readings.csv
verb=meter
expect 0 --meter replay:readings.csv --allow-short --idle 0s -- sleep 0.1
verb=profile

# --- what speaks against a run ------------------------------------------------
FAKE_NVML=gpus=2,idle=300,users=1,throttle=0x24,skew=1.4 expect 0 one.csv $tiny \
    --window 500ms --split none --engine-cmd "$engine" --store flags.db
for flag in other_processes throttled_power throttled_heat \
    counter_disagrees_with_power short_window steady_untested; do
    sql flags.db "SELECT quality_flag FROM run" | grep -q $flag || fail "no $flag"
done

# --- what goes wrong ----------------------------------------------------------
expect 2 one.csv --window 2s --engine-cmd "$engine" --store none.db
err_has 'allow-short'
expect 4 p.csv $tiny --gpus 1 --engine-cmd "$engine" --store none.db
err_has 'needs 2 GPUs'
[ -e none.db ] && fail "a store of nothing"
plan q.csv "1 4 64 16" "1 8 64 16"
expect 1 q.csv $quick --engine-cmd "sh -c 'echo no such model >&2; exit 3' {port}" \
    --store broken.db
out_has 'the engine ended with 3: no such model (broken.db.logs/engine-1.log)'
is "failures kept" "$(sql broken.db "SELECT count(*) FROM run WHERE state = 'failed'")" 2
expect 1 q.csv $quick --engine-cmd "'$fake' --port {port} --load-time 60" \
    --start-timeout 300ms --store slow.db
out_has 'not ready after 0.3 s'
nobody_left
expect 1 one.csv $quick --engine-cmd "$engine --fault early_eos=3@1" --store eos.db
out_has 'answers have 3 tokens on average, not 16'
expect 1 one.csv $quick --engine-cmd "$engine --fault status=500@1" --retries 0 \
    --store http.db
out_has '500'
expect 0 one.csv $quick --engine-cmd "$engine --fault drop=5@9" --store drop.db
sql drop.db "SELECT quality_flag FROM run" | grep -q failed_requests ||
    fail "failed requests are not flagged"
expect 1 one.csv $quick --max-time 600ms --engine-cmd "'$fake' --port {port} --itl 1" \
    --store hang.db
out_has 'no round of 4 requests in 0.6 s'

# the engine dies in mid-run: that run failed, the next one starts it again,
# and --resume mends the first
rm -f died
expect 1 q.csv $quick --store died.db --engine-cmd \
    "sh -c 'if mkdir died 2>/dev/null; then \"\$0\" \"\$@\" & sleep 0.6; kill -9 \$!;
     else exec \"\$0\" \"\$@\"; fi' '$fake' --port {port} --ttft 0.1 --itl 0.05"
out_has '1 done, 1 failed'
nobody_left
expect 0 q.csv $quick --store died.db --resume --engine-cmd "$engine"
out_has '1 done, 1 done before'

# --- Ctrl-C -------------------------------------------------------------------
plan long.csv "1 1 16 4" "1 2 16 4" "1 3 16 4" "1 4 16 4" "1 5 16 4" "1 6 16 4"
slowly="--window 400ms --allow-short --repeats 1 --confidence 0 --meter none"
"$prog" profile long.csv $slowly --engine-cmd "$engine" --store int.db \
    >out 2>err </dev/null &
pid=$!
for _ in $(seq 400); do
    grep -q ' of 6' err && break # one run is over
    sleep 0.02
done
kill -TERM $pid
wait $pid
is "exit of the interrupted one" $? 143
out_has 'not come to'
nobody_left
kept=$(sql int.db "SELECT count(*) FROM run")
expect 0 long.csv $quick --engine-cmd "$engine" --store int.db --resume
out_has "$((6 - kept)) done, $kept done before"

# --- an API key is never kept or shown ----------------------------------------
echo sk-very-secret >key
KEY=sk-very-secret expect 0 one.csv $quick --store key.db --api-key env:KEY \
    --engine-cmd "sh -c 'exec \"\$0\" --port {port} --api-key \"\$KEY\" --itl 0.001' '$fake'"
grep -rq sk-very-secret key.db* out err && fail "the key was kept"
expect 0 one.csv $quick --store key.db --campaign again --api-key file:key \
    --engine-cmd "$engine --api-key sk-very-secret"
grep -rq sk-very-secret key.db* out err && fail "the engine's key was kept"
exit $failed
