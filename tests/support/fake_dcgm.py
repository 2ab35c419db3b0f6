#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A dcgm-exporter's page on a free port of 127.0.0.1, which goes to FILE.

fake_dcgm.py FILE [mig|vanish|error|slow|empty]: two GPUs at 250 W and 100 W.
mig: GPU 0 is cut into three partitions; vanish: GPU 1 leaves the page after a
second; error: 500 after a second; slow: an answer takes 30 s.
"""
import http.server
import os
import sys
import time

mode = sys.argv[2] if len(sys.argv) > 2 else ""
begin = time.monotonic()


def rows(name, gpu, value, labels=""):
    uuid = f'gpu="{gpu}",UUID="GPU-{gpu}{gpu}",modelName="NVIDIA H100"{labels}'
    return f"{name}{{{uuid}}} {value}\n"


def page():
    t = time.monotonic() - begin
    out = "# HELP DCGM_FI_DEV_POWER_USAGE Power draw (in W).\n"
    for gpu, watt in ((0, 250), (1, 100)):
        if mode == "vanish" and gpu == 1 and t > 1:
            continue
        parts = [""]
        if mode == "mig" and gpu == 0:
            parts = [f',GPU_I_PROFILE="1g.10gb",GPU_I_ID="{i}"' for i in (7, 8, 9)]
        for part in parts:
            out += rows("DCGM_FI_DEV_POWER_USAGE", gpu, watt, part)
            out += rows("DCGM_FI_DEV_GPU_TEMP", gpu, 50, part)
            out += rows("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", gpu,
                        int(1e3 * watt * (1000 + t)), part)
    # what DCGM writes where there is no value
    out += rows("DCGM_FI_DEV_SM_CLOCK", 0, 9223372036854775794)
    return out if mode != "empty" else "up 1\n"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if mode == "slow":
            time.sleep(30)
        if mode == "error" and time.monotonic() - begin > 1:
            self.send_error(500)
            return
        body = page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Page)
with open(sys.argv[1] + ".part", "w", encoding="ascii") as f:
    f.write(f"http://127.0.0.1:{server.server_port}/metrics")
os.rename(sys.argv[1] + ".part", sys.argv[1])
server.serve_forever()
