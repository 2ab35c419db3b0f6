#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The page of serve in Chromium; skipped without it (tools/setup.sh web).
# PICTURES=FOLDER keeps screenshots; MOVES=1 times moves of sliders instead.
# $1 = program, $2 = source folder
prog=$(realpath "$1")
source=$(realpath "$2")
browser=${CHROMIUM:-/usr/bin/chromium}
[ -x "$browser" ] && command -v node >/dev/null &&
    [ -d "$source/tests/web/node_modules/playwright-core" ] || exit 77
timeout 30 "$browser" --headless --no-sandbox --dump-dom about:blank \
    >/dev/null 2>&1 || exit 77 # one that cannot start on this machine
config=$(find "$source/../shared/samples/hf_config" -name 'Qwen__Qwen2-7B.json' 2>/dev/null)
[ -n "$config" ] || exit 77
dir=$(mktemp -d) || exit 1
server=
trap 'kill $server 2>/dev/null; rm -rf "$dir"' EXIT
cp "$config" "$dir/config.json"
"$prog" serve --port 0 "$source/data/fits/a100-sxm4-40gb.fit.json" >"$dir/out" &
server=$!
for _ in $(seq 100); do
    grep -q '^http' "$dir/out" && break
    sleep 0.1
done
cd "$source/tests/web" || exit 1
if [ -n "${MOVES:-}" ]; then
    node moves.mjs "$(cat "$dir/out")"
else
    node page.mjs "$(cat "$dir/out")" "$prog" \
        "$source/data/fits/a100-sxm4-40gb.fit.json" "$dir" ${PICTURES:+"$PICTURES"}
fi
