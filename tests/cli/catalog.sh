#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# catalog.sh PROGRAM SOURCE: lists, entries, JSON that reads back, typos.
# shellcheck source=../support/check.sh
. "$2/tests/support/check.sh"

exits 0 catalog gpus
grep -q '^h100-sxm5-80gb ' "$tmp/out"
check "h100 is listed" $?
exits 0 catalog models
grep -q '^qwen3-8b ' "$tmp/out"
check "qwen3-8b is listed" $?
exits 0 catalog gpus "NVIDIA A100-SXM4-40GB"
grep -q 'tdp_w' "$tmp/out"
check "an entry shows its values" $?
exits 0 catalog models Qwen/Qwen3-8B
exits 0 catalog gpus h100 --json
python3 - "$tmp/out" "$tmp" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
assert doc["schema"] == "energylens.catalog" and doc["version"] == 1, doc.keys()
entry = doc["result"]["gpus"][0]
assert entry["slug"] == "h100-sxm5-80gb"
entry["slug"] = "my-h100"
entry["aliases"] = []
entry["name"] = "My H100"
json.dump(entry, open(sys.argv[2] + "/my-h100.json", "w"))
PY
check "the entry is a file" $?
exits 0 catalog gpus my-h100 --catalog "$tmp"
exits 3 catalog gpus a100
grep -q 'did you mean a100-' "$tmp/err"
check "a typo is answered with names" $?
[ "$(wc -l <"$tmp/err")" -eq 1 ]
check "in one line" $?
exits 3 catalog models nothing-like-this
exits 2 catalog disks
exits 2 catalog
exits 4 catalog gpus --catalog "$tmp/none"
exit $failed
