#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GET /metrics of a vLLM server on a free port of 127.0.0.1, which goes to FILE.

fake_vllm.py FILE STEPS: each page tells of STEPS more steps of 32 requests that
decode together and of STEPS / 8 more prompts of 512 tokens, a fourth of them
from the prefix cache. The file STOP beside FILE makes it answer 503; the file
AGAIN makes its counters begin anew.
"""
import http.server
import os
import sys

path, steps = sys.argv[1], int(sys.argv[2])
folder = os.path.dirname(os.path.abspath(path))
pages = 0


def page(k):
    prompts = k * steps // 8
    tokens = k * steps * 32
    out = "# HELP vllm:num_requests_running Requests in batches.\n"

    def add(name, value):
        nonlocal out
        out += f'vllm:{name}{{engine="0",model_name="served"}} {float(value)}\n'

    add("num_requests_running", 32)
    add("num_requests_waiting", 1)
    add("prompt_tokens_total", 512 * prompts)
    add("prefix_cache_hits_total", 128 * prompts)
    add("generation_tokens_total", tokens + prompts)
    add("iteration_tokens_total_count", k * steps)
    add("time_to_first_token_seconds_count", prompts)
    return out


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global pages
        again = os.path.join(folder, "AGAIN")
        if os.path.exists(again):
            os.remove(again)
            pages = 0
        stopped = os.path.exists(os.path.join(folder, "STOP"))
        body = page(pages).encode()
        pages += not stopped
        self.send_response(503 if stopped or self.path != "/metrics" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(path + ".new", "w") as f:
    f.write(f"http://127.0.0.1:{server.server_port}")
os.rename(path + ".new", path)
server.serve_forever()
