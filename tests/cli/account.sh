#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# account as a black box: energy by cause and hour against what is told apart,
# a steady load against optimize's queue, replicas that sleep, bad input.
# $1 = program, $2 = source folder
# shellcheck disable=SC2034,SC2086
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=account
analytic="--model llama-3.1-8b --gpu h100"

# log N GAP_S: equal requests, arrivals by a fixed generator, exponential gaps
log() {
    echo arrived_at,num_prefill_tokens,num_decode_tokens
    awk -v n="$1" -v gap="$2" 'BEGIN { x = 1
        for (i = 0; i < n; i++) {
            x = (x * 16807) % 2147483647
            t -= gap * log(x / 2147483647)
            printf "%.6f,512,256\n", t } }'
}
# value JSON-PATH: of out, as Python sees it
value() { python3 -c "import json; print(json.load(open('out'))['result']$1)"; }
# near A B SHARE
near() {
    awk -v a="$1" -v b="$2" -v s="$3" 'BEGIN {
        exit !(a > 0 && (a - b) / b < s && (b - a) / b < s) }' ||
        fail "$1 is not within $3 of $2"
}

# a steady load costs what optimize says, which never saw a single request
for gap in 2 0.5 0.1; do
    log 3000 $gap >steady.csv
    expect 0 $analytic --trace steady.csv --config tp=1,dp=1,batch=128 --json
    energy=$(value "['deployments'][0]['energy_per_request_j']")
    tpot=$(value "['deployments'][0]['tpot_s']")
    ttft=$(value "['deployments'][0]['ttft_s']")
    verb=optimize
    expect 0 $analytic --isl 512 --osl 256 --tp 1 --dp 1 --batch 128 --json \
        --request-rate "$(awk -v g=$gap 'BEGIN { print 1 / g }')"
    verb=account
    near "$energy" "$(value "['candidates'][0]['energy_per_request_j']")" 0.06
    near "$tpot" "$(value "['candidates'][0]['tpot_s']")" 0.05
    near "$ttft" "$(value "['candidates'][0]['ttft_s']")" 0.2
done

# the parts are the whole, in joules, by hour and in carbon
expect 0 $analytic --trace steady.csv --config tp=2,dp=2,batch=32 --pue 1.5 \
    --carbon 400 --price 0.25 --json
parts=$(python3 - <<'PY'
import json
r = json.load(open("out"))["result"]
d = r["deployments"][0]
busy = d["prefill_energy_j"] + d["decode_energy_j"] + d["idle_energy_j"]
hours = sum(h["energy_replicas_j"] for h in r["hours"])
assert abs(1.5 * busy / d["energy_j"] - 1) < 1e-12, (busy, d["energy_j"])
assert abs(hours / busy - 1) < 1e-12
assert abs(d["carbon_gco2e"] / (d["energy_j"] / 3.6e6 * 400) - 1) < 1e-12
assert abs(d["cost"] / (d["energy_j"] / 3.6e6 * 0.25) - 1) < 1e-12
assert abs(d["prefill_s"] + d["decode_s"] + d["idle_s"] - 2 * d["span_s"]) < 1e-6
print("agree")
PY
)
[ "$parts" = agree ] || fail "parts and whole: $parts"
energy=$(value "['deployments'][0]['energy_j']")
expect 0 $analytic --trace steady.csv --config tp=2,dp=2,batch=32 --scope node --json
python3 - "$energy" <<'PY' || fail "idle GPUs of the node"
import json, sys
d = json.load(open("out"))["result"]["deployments"][0]
assert d["spare_energy_j"] > 0 and d["overhead_energy_j"] == 0
assert abs(d["energy_j"] - d["spare_energy_j"] - float(sys.argv[1]) / 1.5) < 1e-3
PY

# carbon by the hour of the day: all of it in an hour of 100 g, or of 300 g
{
    echo TIMESTAMP,ContextTokens,GeneratedTokens
    echo 2023-11-16 18:15:46.6805900,374,44
    echo 2023-11-16 18:15:50.9951690,396,109
} >clock.csv
{
    echo hour,gCO2e_per_kWh
    for hour in $(seq 0 23); do echo "$hour,$((hour == 18 ? 100 : 300))"; done
} >grid.csv
expect 0 $analytic --trace clock.csv --grid grid.csv
out_has "(100 g/kWh on average, by the hour of the day)"
sed 's/ 18:/ 19:/' clock.csv >later.csv
expect 0 $analytic --trace later.csv --grid grid.csv
out_has "(300 g/kWh on average, by the hour of the day)"
expect 0 $analytic --trace steady.csv --grid grid.csv
out_has "the log has no clock"

# a load that comes and goes: replicas that sleep cost less
{
    log 2000 0.05
    log 200 5 | sed 1d | awk -F, '{ printf "%.6f,%s,%s\n", $1 + 110, $2, $3 }'
} >wave.csv
expect 0 $analytic --trace wave.csv --config tp=1,dp=3,batch=64 --sleep-every 1min \
    --sleep-wake 20s --json
python3 - <<'PY' || fail "sleep"
import json
r = json.load(open("out"))["result"]["deployments"]
now, asleep = r[0], [d for d in r if d["kind"] == "sleep"][0]
assert asleep["energy_j"] < 0.8 * now["energy_j"]
assert 1 <= asleep["awake_replicas_mean"] < 3 == now["awake_replicas_mean"]
assert {"now", "sleep", "queue", "fewer", "more", "degree"} == {d["kind"] for d in r}
PY
# ... and so do those that follow the queue: a slack one saves more and keeps less
{
    log 100 5
    log 1500 0.1 | sed 1d | awk -F, '{ printf "%.6f,%s,%s\n", $1 + 520, $2, $3 }'
    log 60 5 | sed 1d | awk -F, '{ printf "%.6f,%s,%s\n", $1 + 690, $2, $3 }'
} >tide.csv
tide="--trace tide.csv --config tp=1,dp=3,batch=16 --queue-every 5s --queue-calm 30s --sleep-wake 20s"
expect 0 $analytic $tide --queue-depth 1 --ttft 5s --json
mv out tight.json
expect 0 $analytic $tide --queue-depth 100 --ttft 5s --json
python3 - <<'PY' || fail "queue"
import json
tight, slack = ({d["kind"]: d for d in json.load(open(f))["result"]["deployments"]}
                for f in ("tight.json", "out"))
assert tight["now"] == slack["now"]
t, s, now = tight["queue"], slack["queue"], tight["now"]
assert s["energy_j"] < t["energy_j"] < now["energy_j"], (s["energy_j"], t["energy_j"])
assert 1 <= s["awake_replicas_mean"] < t["awake_replicas_mean"] < 3
assert s["within_limits_share"] < t["within_limits_share"] < now["within_limits_share"]
for d in (t, s):
    parts = d["prefill_energy_j"] + d["decode_energy_j"] + d["idle_energy_j"]
    assert abs(parts / d["energy_j"] - 1) < 1e-12
PY
expect 2 $analytic --trace wave.csv --queue-every 10ms
err_has "queue-every: at least 1 s"
expect 0 $analytic --trace wave.csv --config tp=1,dp=3,batch=64
out_has "^Runs      tp=1 dp=3 batch=64 on 3 GPUs \[MODELLED\]"
out_has "^Of it     prefill .* %, decode .* %, idle replicas .* %"
out_has "^tp=1 dp=3 batch=64 asleep  "
out_has "^tp=1 dp=3 batch=64 by queue  "
grep -q "^Server" out && fail "a server was not asked"
out_has "^Cheapest  "
# the same bits for any number of threads
for threads in 1 3; do
    expect 0 $analytic --trace wave.csv --threads $threads --json
    mv out out.$threads
done
cmp -s out.1 out.3 || fail "threads change the answer"

# the model's doubt: slower is slower, and what is kept then is kept for sure
expect 0 $analytic --trace tide.csv --config tp=1,dp=3,batch=16 --ttft 1s --tpot 20ms --json
python3 - <<'PY' || fail "doubt"
import json
r = json.load(open("out"))["result"]["deployments"]
for d in r:
    if not d["keeps_limits"]:
        assert d["ttft_at_percentile_hi_s"] is None and not d["keeps_limits_surely"]
        continue
    assert d["ttft_at_percentile_hi_s"] > d["ttft_at_percentile_s"]
    assert d["tpot_at_percentile_hi_s"] > d["tpot_at_percentile_s"]
    assert d["within_limits_share_lo"] <= d["within_limits_share"]
    assert d["keeps_limits_surely"] == (d["ttft_at_percentile_hi_s"] <= 1
                                        and d["tpot_at_percentile_hi_s"] <= 0.02)
assert {d["keeps_limits"] for d in r} == {True, False}
tpot = r[0]["tpot_at_percentile_s"]
open("between", "w").write(str(1e3 * (tpot + r[0]["tpot_at_percentile_hi_s"]) / 2))
PY
expect 0 $analytic --trace tide.csv --config tp=1,dp=3,batch=16 --tpot "$(cat between)ms"
out_has "^If slow   p95 TTFT .*, TPOT .* within the limits"
out_has "^tp=1 dp=3 batch=16  .* perhaps$"

# limits that nothing keeps: exit 1, still answered
expect 1 $analytic --trace steady.csv --ttft 1ms
out_has "Nothing that was tried keeps the limits"
# a fit file, and what it has not seen
expect 0 --fit "$2/data/fits/a100-sxm4-40gb.fit.json" --model llama-2-13b \
    --trace steady.csv --tpot 80ms
out_has "^Choose    .* \[EXTRAPOLATED\|^Choose    .* \[FITTED"

# tenants share a fleet: each as if alone where there is room, one gives way
# where there is not, and nobody is placed where not all can be
{
    echo '{"schema": "energylens.tenants", "version": 1, "tenants": ['
    echo '{"name": "chat", "model": "llama-3.1-8b", "trace": "steady.csv", "tpot_s": 0.05},'
    echo '{"name": "small", "model": "llama-3.2-1b", "trace": "wave.csv", "speed": 0.5}]}'
} >fleet.json
expect 0 --tenants fleet.json --gpu h100:2,l40s:4 --json
mv out two.json
expect 0 --tenants fleet.json --gpu h100:1,l40s:4 --json
python3 - <<'PY' || fail "tenants"
import json
two, one = (json.load(open(f))["result"] for f in ("two.json", "out"))
for r in (two, one):
    used = {}
    for t in r["tenants"]:
        d = t["deployment"]
        assert d["keeps_limits"]
        used[d["gpu"]] = used.get(d["gpu"], 0) + d["num_gpus"]
    for g in r["gpus"]:
        assert g["num_gpus_used"] == used.get(g["gpu"], 0) <= g["num_gpus"]
    total = sum(t["deployment"]["energy_j"] for t in r["tenants"])
    assert abs(r["energy_j"] / total - 1) < 1e-12
assert all(t["deployment"] == t["alone"] for t in two["tenants"])
assert one["energy_j"] >= two["energy_j"]
PY
expect 0 --tenants fleet.json --gpu h100:2,l40s:4 --carbon 300
out_has "^Together .* g CO2e; each alone on all GPUs: "
expect 0 --tenants fleet.json --gpu h100:2,l40s:4 --grid grid.csv
out_has "^Together .* g CO2e; each alone on all GPUs: "
expect 1 --tenants fleet.json --gpu h100:1
out_has "They cannot all be served within their limits"
expect 2 --tenants fleet.json --trace steady.csv --gpu h100
sed 's/0.5}/-1}/' fleet.json >bad.json
expect 3 --tenants bad.json --gpu h100
err_has "bad.json: tenants\[1\].speed: -1 is not above 0"
sed 's/"speed"/"sped"/' fleet.json >bad.json
expect 3 --tenants bad.json --gpu h100
err_has "sped"
sed 's/steady.csv/none.csv/' fleet.json >bad.json
expect 4 --tenants bad.json --gpu h100
err_has "chat: none.csv"

# pages of a server's counters instead of a log: as many requests and tokens as
# it counted; the same as a log of them, if lengths do not vary
# page N: an engine that has served N requests of 512 + 256 tokens
page() {
    awk -v n="$1" 'function both(name, le, sum) {
            for (k = 1; k <= 3; k++)
                printf "vllm:request_%s_tokens_bucket{le=\"%s\",model_name=\"m\"} %d\n",
                    name, k < 3 ? le - 2 + k : "+Inf", k == 1 ? 0 : n
            printf "vllm:request_%s_tokens_sum{model_name=\"m\"} %d\n", name, n * sum }
        BEGIN { both("prompt", 512, 512); both("generation", 256, 256)
            printf "vllm:generation_tokens_total{model_name=\"m\"} %d\n", n * 300
            printf "vllm:time_to_first_token_seconds_sum{model_name=\"m\"} %g\n", n * 0.1
            printf "vllm:time_to_first_token_seconds_count{model_name=\"m\"} %d\n", n
            printf "vllm:inter_token_latency_seconds_sum{model_name=\"m\"} %g\n", n * 2
            printf "vllm:inter_token_latency_seconds_count{model_name=\"m\"} %d\n", n * 250 }'
}
page 100 >before.prom
page 3100 >after.prom
config="--config tp=1,dp=1,batch=128"
expect 0 $analytic --metrics before.prom --metrics after.prom --span 1500s $config
out_has "^3,000 requests in 25m 00s: 2.00/s, .* 512.* in + 256 out tokens"
out_has "^Made up from 2 pages of /metrics (m): .* seed 0"
out_has "^The server made 17.2 % more tokens than"
out_has "^Server    measured a mean TTFT of 100 ms and 8.00 ms a token; here "
expect 0 $analytic --metrics before.prom --metrics after.prom --span 1500s $config --json
made=$(value "['deployments'][0]['energy_per_request_j']")
[ "$(value "['log']['metrics']['output_tokens']")" = 900000.0 ] || fail "tokens made"
log 3000 0.5 >steady.csv
expect 0 $analytic --trace steady.csv $config --json
near "$made" "$(value "['deployments'][0]['energy_per_request_j']")" 0.03
expect 2 $analytic --metrics before.prom --metrics after.prom
err_has "metrics: the pages have no time stamps: --span says"
expect 3 $analytic --metrics steady.csv --span 1h
err_has "steady.csv: no metric of vLLM"
expect 2 $analytic --metrics after.prom --trace steady.csv
{ echo '# HELP vllm:prompt_tokens_total x'; cat after.prom; } >page.prom
expect 3 $analytic --trace page.prom
err_has "page.prom: a server's metrics, .* account takes them with --metrics"
expect 2 $analytic --trace steady.csv --span 1h

# bad input: where, what, the limit
expect 2 $analytic
err_has "trace: a log of requests is needed"
expect 4 $analytic --trace /no/such/log.csv
expect 3 $analytic --trace grid.csv
err_has "grid.csv: no column ContextTokens"
printf 'ContextTokens,GeneratedTokens\n1,2\n' >untimed.csv
expect 3 $analytic --trace untimed.csv
err_has "untimed.csv: no column of times"
expect 3 $analytic --trace steady.csv --grid steady.csv
err_has "steady.csv: no column of "
printf 'hour,carbon\n24,100\n' >bad.csv
expect 3 $analytic --trace steady.csv --grid bad.csv
err_has 'bad.csv:2: "hour": "24" is no hour, 0 to 23'
expect 2 $analytic --trace steady.csv --config tp=x
err_has "tp=x"
expect 2 $analytic --trace steady.csv --sleep-every 1min --sleep-wake 2min
err_has "sleep-wake: at most --sleep-every (60 s)"
expect 2 $analytic --trace steady.csv --grid grid.csv --carbon 400
expect 3 --model llama-3.1-70b --gpu h100 --trace steady.csv --config tp=1
err_has "do not fit\|smallest that fits"
# longer than the cache: refused, and so no promise is kept
{
    log 10 1
    echo 30,90000000,10
} >long.csv
expect 1 $analytic --trace long.csv --config tp=1,dp=1,batch=8 --gpus 1
out_has "^Refused   1 requests are longer than the KV cache"
exit $failed
