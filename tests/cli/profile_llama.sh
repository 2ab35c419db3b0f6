#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# profile against a real engine: llama.cpp on this CPU, with a tiny model of
# random weights. Skips (77) unless EL_NODE_LLAMA names a folder in which
#   npm install --ignore-scripts node-llama-cpp
# was run: a download that a test should not make by itself.
# $1 = program, $2 = source folder
source=$(realpath "$2")
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
# shellcheck source=../support/campaign.sh
. "$2/tests/support/campaign.sh"
[ -d "${EL_NODE_LLAMA:-}/node_modules/node-llama-cpp" ] || exit 77
command -v node >/dev/null && /usr/bin/python3 -c 'import numpy' 2>/dev/null || exit 77
fake=$(realpath "$(command -v node)") # what must not be left over
/usr/bin/python3 "$source/tests/support/llama/make_gguf.py" tiny.gguf || fail "no model"

verb=profile
plan p.csv "1 1 48 32" "1 4 48 32"
expect 0 p.csv --window 3s --idle 600ms --repeats 2 --confidence 0 --load-engine vllm \
    --engine-cmd "node '$source/tests/support/llama/server.mjs' '$EL_NODE_LLAMA' tiny.gguf {port} 4"
cat out
nobody_left
is "complete" "$(sql runs.db "SELECT count(*) FROM run WHERE state = 'complete'")" 4
is "every token was made" "$(sql runs.db "SELECT count(*) FROM request
    WHERE error IS NULL AND output_tokens <> 32")" 0
sql runs.db "SELECT quality_flag FROM run" | grep -qE 'failed|prompt_count' &&
    fail "flags: $(sql runs.db "SELECT quality_flag FROM run")"
is "in flight" "$(sql runs.db "SELECT min(avg_batch / batch_size) > 0.9 FROM run
    JOIN configuration c ON c.id = configuration_id")" 1
"$prog" store check runs.db >out 2>err || fail "store"
exit $failed
