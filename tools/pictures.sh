#!/bin/bash
# pictures.sh BUILD: the pictures of the page and of a report in docs/pictures,
# taken in Chromium (tools/setup.sh web; npm ci in tests/web).
set -eu
build=$(realpath "$1")
here=$(realpath "$(dirname "$0")/..")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
PICTURES=$dir "$here/tests/cli/page.sh" "$build/energylens" "$here"
cd "$here"
"$build/energylens" report --fit data/fits/a100-sxm4-40gb.fit.json --model llama-2-13b \
    --gpus 4 --isl 512 --osl 256 --request-rate 2 --tpot 60ms --carbon 380 --price 0.2 \
    -o "$dir/report.html"
"${CHROMIUM:-/usr/bin/chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars \
    --screenshot="$dir/report.png" --window-size=1000,1290 "file://$dir/report.html" 2>/dev/null
cp "$dir/page.png" "$dir/report.png" docs/pictures/
