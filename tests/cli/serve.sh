#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# serve as a black box: the API gives what the command line prints, other sites
# and files that were not handed over are refused, dawdlers do not block others,
# SIGTERM ends it and removes what was handed over.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=serve

expect 2 --token short
err_has "token: at least 8 characters"
expect 2 --port 0 --address nowhere
err_has "not an IPv4 address"
expect 2 --port 70000
expect 4 --port 0 /no/such/file.json
err_has "/no/such/file.json"

"$prog" serve --port 0 --token secret-token "$2/data/fits/a100-sxm4-40gb.fit.json" \
    >out 2>err &
server=$!
trap 'kill -9 $server 2>/dev/null; rm -rf "$dir"' EXIT
for _ in $(seq 100); do
    grep -q '^http' out && break
    sleep 0.1
done
port=$(sed -n 's|^http://127.0.0.1:\([0-9]*\)/#token=secret-token$|\1|p' out)
[ -n "$port" ] || { fail "no address"; exit 1; }

"$prog" optimize --model llama-3.1-8b --gpu h100 --isl 1000 --osl 250 \
    --request-rate 5 --tpot 50ms --json >want.json 2>err || fail "optimize"
python3 - "$port" <<'PY' || fail "answers"
import http.client, json, socket, sys, time

port = int(sys.argv[1])
ours = f"127.0.0.1:{port}"


def ask(method, path, body=None, **headers):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    c.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    r = c.getresponse()
    return r.status, r.read(), r.headers


def verb(name, **options):
    status, body, _ = ask("POST", f"/api/v1/{name}", json.dumps(options),
                          Content_Type="application/json")
    return status, json.loads(body)


# the page and what it may do
status, body, headers = ask("GET", "/")
assert status == 200 and b"<h1>EnergyLens</h1>" in body
assert "default-src 'none'" in headers["Content-Security-Policy"]
assert b"http" not in body and b"<style" not in body and b"onclick" not in body
for path in ("/app.js", "/chart.js", "/app.css", "/uPlot.iife.min.js", "/uPlot.min.css"):
    assert ask("GET", path)[0] == 200, path
api = json.loads(ask("GET", "/api/v1/openapi.json")[1])
about = json.loads(ask("GET", "/api/v1")[1])
assert {f"/api/v1/{v}" for v in about["verbs"]} < set(api["paths"])
assert [f["label"] for f in about["files"]] == ["a100-sxm4-40gb.fit.json"]

# the same as the command line
status, got = verb("optimize", model="llama-3.1-8b", gpu=["h100"], isl=1000, osl=250,
                   **{"request-rate": 5, "tpot": "50ms"})
assert status == 200 and got == json.load(open("want.json"))
status, got = verb("optimize", fit="served:1", model="llama-2-13b", isl=512, osl=256)
assert status == 200 and got["result"]["chosen"]["source"] in ("FITTED", "EXTRAPOLATED")
status, got = verb("catalog", list="gpus")
assert status == 200 and len(got["result"]["gpus"]) > 30
# the answer is no: still an answer
assert verb("optimize", model="llama-3.1-8b", gpu="h100", isl=100, osl=10, tpot="1us")[0] == 200
status, body, headers = ask("POST", "/api/v1/report", json.dumps(
    dict(model="llama-3.1-8b", gpu="h100", isl=512, osl=128, format="html")),
    Content_Type="application/json")
assert status == 200 and body.startswith(b"<!DOCTYPE html>"), body[:200]
assert "report.html" in headers["Content-Disposition"]

# refused, each with a reason and an exit code
def refused(want, status, word):
    code, body = status
    assert code == want, (code, body)
    assert word in body["error"]["message"], body
    assert body["error"]["exit_code"] >= 2


refused(400, verb("optimize", model="nosuchmodel", gpu="h100", isl=1, osl=1), "nosuchmodel")
refused(400, verb("optimize", output="/tmp/x"), "no option for requests")
refused(400, verb("optimize", catalog="/etc"), "no option for requests")
refused(400, verb("optimize", model="/etc/passwd"), "handed over")
refused(400, verb("optimize", fit="/etc/passwd"), "handed over")
refused(400, verb("optimize", fit="../../etc/passwd"), "handed over")
refused(400, verb("optimize", isl={"a": 1}), "isl")
refused(400, verb("meter"), "no verb for requests")
refused(400, verb("serve"), "no verb for requests")
refused(400, verb("optimize", **{f"x{i}": 1 for i in range(100)}), "no option")
for body, status in ((b"{bad", 422), (b"[1]", 422), (b"", 422)):
    assert ask("POST", "/api/v1/optimize", body, Content_Type="application/json")[0] == status
assert ask("POST", "/api/v1/optimize", b"{}")[0] == 415
assert ask("GET", "/etc/passwd")[0] == 404
assert ask("GET", "/../../etc/passwd")[0] == 404
assert ask("DELETE", "/")[0] == 405

# other sites
assert ask("GET", "/", Host="evil.example")[0] == 403
assert ask("GET", "/", Host=f"evil.example:{port}")[0] == 403
assert ask("GET", "/", Origin="http://evil.example")[0] == 403
assert ask("GET", "/", Origin="null")[0] == 403
assert ask("GET", "/", Origin=f"http://{ours}")[0] == 200
assert ask("GET", "/", Host=f"localhost:{port}")[0] == 200

# files
rows = b"model,gpu,tp,batch_size,input_tokens,output_tokens\nllama-3.1-8b,h100,1,8,512,128\n"
assert ask("POST", "/api/v1/files?name=a.csv", rows)[0] == 401
assert ask("POST", "/api/v1/files?name=a.csv", rows, X_Energylens_Token="secret-tokem")[0] == 401
assert ask("POST", "/api/v1/files", rows, X_Energylens_Token="secret-token")[0] == 400
status, body, _ = ask("POST", "/api/v1/files?name=..%2F..%2Fa.json", b'{"x": 1}',
                      X_Energylens_Token="secret-token")
file = json.loads(body)
assert status == 200 and file.pop("note"), body
assert file == {"name": "upload:1", "label": "a.json", "kind": "other"}, body
refused(422, verb("optimize", fit="upload:1", isl=1, osl=1), "schema")
status, body, _ = ask("POST", "/api/v1/files?name=log.csv",
                      b"arrived_at,num_prefill_tokens,num_decode_tokens\n0,100,10\n1,100,10\n",
                      X_Energylens_Token="secret-token")
status, got = verb("account", model="llama-3.1-8b", gpu="h100", trace="upload:2")
assert status == 200 and got["result"]["log"]["requests"] == 2, got

# too large, announced or not
c = socket.create_connection(("127.0.0.1", port))
c.sendall(f"POST /api/v1/optimize HTTP/1.1\r\nHost: {ours}\r\nContent-Type: application/json\r\n"
          f"Content-Length: 100000000\r\n\r\n".encode())
assert b" 413 " in c.recv(200)
c.close()

# dawdlers: others are answered meanwhile, a header too large is refused
slow = []
for _ in range(100):
    c = socket.create_connection(("127.0.0.1", port))
    c.sendall(f"POST /api/v1/optimize HTTP/1.1\r\nHost: {ours}\r\nContent-Le".encode())
    slow.append(c)
assert ask("GET", "/metrics")[0] == 200
for c in slow:
    c.close()
c = socket.create_connection(("127.0.0.1", port))
c.sendall(f"GET / HTTP/1.1\r\nHost: {ours}\r\nX: ".encode() + b"x" * 100000 + b"\r\n\r\n")
assert not c.recv(200).startswith(b"HTTP/1.1 200")
c.close()

text = ask("GET", "/metrics")[1].decode()
count = {l.split()[0]: float(l.split()[1]) for l in text.splitlines() if l[0] != "#"}
assert count['energylens_answers_total{exit_code="0"}'] >= 5
assert count['energylens_answers_total{exit_code="1"}'] >= 1
assert count["energylens_files"] == 3
PY
folder=$(find /tmp -maxdepth 1 -name "energylens-serve-*" -newer want.json 2>/dev/null | head -1)
[ -d "$folder" ] || fail "no folder of uploads"
kill -TERM $server
wait $server
code=$?
[ $code -eq 143 ] || [ $code -eq 0 ] || fail "exit $code after SIGTERM"
[ ! -e "$folder" ] || fail "what was handed over is still there: $folder"
exit $failed
