#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# /metrics of serve: watts of a double of NVML under our names and DCGM's, joules
# of a watched server from its counters as predict has them, failures counted.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
source=$(realpath "$2")
export EL_NVML_PATH
EL_NVML_PATH=$(dirname "$prog")/fake_nvml.so
[ -r "$EL_NVML_PATH" ] || exit 77
unset CUDA_VISIBLE_DEVICES
verb=serve

expect 2 --port 0 --meter nosuchmeter
expect 2 --port 0 --watch http://127.0.0.1:1 --model llama-3.1-8b --gpu h100
err_has "watch: --config says what the server runs"
expect 2 --port 0 --watch http://127.0.0.1:1 --gpu h100 --config tp=1
expect 2 --port 0 --watch http://127.0.0.1:1 --model llama-3.1-8b --gpu h100,l40s --config tp=1
err_has "watch: 2 setups"
expect 2 --port 0 --every 1ms
expect 3 --port 0 --watch http://127.0.0.1:1 --model llama-3.1-70b --gpu h100 --config tp=1

pids=()
trap 'kill -9 "${pids[@]}" 2>/dev/null; rm -rf "$dir"' EXIT
python3 "$source/tests/support/fake_vllm.py" url 800 &
pids+=($!)
for _ in $(seq 100); do
    [ -s url ] && break
    sleep 0.1
done
FAKE_NVML=gpus=2,idle=300 "$prog" serve --port 0 --token secret-token --meter nvml \
    --watch "$(cat url)" --every 200ms --model llama-3.1-8b --gpu h100 \
    --config tp=1,batch=64 >out 2>err &
server=$!
pids+=("$server")
for _ in $(seq 100); do
    grep -q '^http' out && break
    sleep 0.1
done
port=$(sed -n 's|^http://127.0.0.1:\([0-9]*\)/#token=secret-token$|\1|p' out)
[ -n "$port" ] || { fail "no address: $(cat err)"; exit 1; }

# a step of 32 requests, each with its prompt and half of what it answers
"$prog" predict --model llama-3.1-8b --gpu h100 --tp 1 --batch 32 --isl 640 --osl 256 \
    --json >predict.json || fail predict
python3 - "$port" <<'PY' || fail "/metrics"
import http.client, json, os, re, sys, time

port = int(sys.argv[1])


def page():
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request("GET", "/metrics")
    r = c.getresponse()
    assert r.status == 200 and "version=0.0.4" in r.headers["Content-Type"]
    out = {}
    text = r.read().decode()
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.match(r"# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* ", line), line
            continue
        m = re.fullmatch(r'([a-zA-Z_:]\w*)(\{.*\})? (\S+)', line)
        assert m, line
        name, labels = m[1], dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[2] or ""))
        out.setdefault(name, []).append((labels, float(m[3])))
    return out


def wait(until):
    for _ in range(300):
        p = page()
        if until(p):
            return p
        time.sleep(0.1)
    raise AssertionError(p)


def one(p, name, **labels):
    found = [v for l, v in p.get(name, []) if all(l[k] == v for k, v in labels.items())]
    assert len(found) == 1, (name, labels, p.get(name))
    return found[0]


# the meter: two boards of 300 W, under both names
p = wait(lambda p: one(p, "energylens_measured_joules_total", device="1") > 150)
assert one(p, "energylens_measured_watts", device="0") == 300
assert one(p, "DCGM_FI_DEV_POWER_USAGE", gpu="1") == 300
mj = one(p, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", gpu="0")
assert mj > 1e3 * one(p, "energylens_measured_joules_total", device="0") * 0.99
assert "kepler_node_cpu_watts" not in p

# the watched server: tokens as it counts them, joules as predict has them
p = wait(lambda p: one(p, "energylens_watched_tokens_total", kind="output") > 0)
made = one(p, "energylens_watched_tokens_total", kind="output")
read = one(p, "energylens_watched_tokens_total", kind="prompt")
looks = read / (512 * 100)
assert looks == int(looks) and made == looks * (800 * 32 + 100), (made, read)
decode = one(p, "energylens_modelled_joules_total", phase="decode")
prefill = one(p, "energylens_modelled_joules_total", phase="prefill")
want = json.load(open("predict.json"))["result"]["rows"][0]
each = decode / (looks * 800 * 32)
assert abs(each / (want["decode_energy_j"] / 255) - 1) < 0.05, (each, want)
assert 0.5 < prefill / (looks * 100) / (want["prefill_energy_j"] * 384 / 640) < 3
watts = one(p, "energylens_modelled_watts")
assert one(p, "energylens_modelled_watts_low") < watts < one(p, "energylens_modelled_watts_high")
assert one(p, "energylens_modelled_in_flight") == 32
assert one(p, "energylens_watched_up") == 1
assert one(p, "energylens_modelled_info", source="MODELLED", model="llama-3.1-8b") == 1

# away, then back with counters from 0: nothing is lost or counted twice
open("STOP", "w").close()
p = wait(lambda p: one(p, "energylens_watched_up") == 0)
assert one(p, "energylens_watched_failures_total") >= 1
open("AGAIN", "w").close()
os.remove("STOP")
before = one(p, "energylens_watched_tokens_total", kind="prompt")
p = wait(lambda p: one(p, "energylens_watched_up") == 1)
p = wait(lambda p: one(p, "energylens_watched_tokens_total", kind="prompt") > before)
more = (one(p, "energylens_watched_tokens_total", kind="prompt") - before) / (512 * 100)
assert more == int(more)
PY
kill -TERM $server
wait $server
exit $failed
