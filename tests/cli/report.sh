#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# report as a black box: its formats say what optimize says, the page stands
# alone and is well formed, parts that cannot be made are said.
# $1 = program, $2 = source folder
# shellcheck disable=SC2034,SC2086
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=report
fit=$2/data/fits/a100-sxm4-40gb.fit.json
load="--isl 512 --osl 256"
analytic="--model llama-3.1-8b --gpu h100 $load --request-rate 4 --tpot 60ms"

# the page: well formed, nothing from elsewhere, every chart and table named
expect 0 $analytic -o page.html
python3 - <<'PY' || fail "page.html"
import re
from html.parser import HTMLParser
text = open("page.html").read()
assert not re.search(r'(src|href)\s*=|<script|@import|url\(', text)
VOID = {"meta", "link", "br", "rect", "path", "circle"}
class Page(HTMLParser):
    stack, seen = [], []
    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in VOID:
            self.stack.append(tag)
    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)
    def handle_endtag(self, tag):
        assert self.stack.pop() == tag, tag
page = Page()
page.feed(text)
assert page.stack == [], page.stack
seen = page.seen
assert seen.count("table") == seen.count("caption") >= 4
assert seen.count("svg") == seen.count("figcaption") == 2
assert {"main", "header", "footer", "h1"} <= set(seen)
for word in ("prefers-color-scheme:dark", "@media print", 'lang="en"'):
    assert word in text, word
PY
cp page.html first.html
expect 0 $analytic -o page.html
cmp -s page.html first.html || fail "the same question, another page"

# the same numbers as optimize
expect 0 $analytic --json
mv out report.json
verb=optimize
expect 0 $analytic --json
verb=report
python3 - <<'PY' || fail "report and optimize differ"
import json
r = json.load(open("report.json"))
assert r["schema"] == "energylens.report"
o = json.load(open("out"))["result"]["candidates"]
got = r["result"]["optimize"]["candidates"]
assert got == o and len(o) > 0
assert r["result"]["sweetspot"]["basis"] == "analytic"
assert r["result"]["explanation"] and r["result"]["measured"] is None
PY
expect 0 $analytic --format csv
[ "$(awk -F, 'NR > 1 && $11 == 1' out | wc -l)" -ge 2 ] || fail "no front in CSV"
expect 0 $analytic --format md
out_has "^# Energy of serving llama-3.1-8b on h100"
out_has "^## What would save most"
out_has "^| tp=1 "

# what it emits and costs: the joules of optimize, times the tariff
expect 0 $analytic --carbon 400 --price 0.25 --json
python3 - <<'PY' || fail "the bill"
import json
r = json.load(open("out"))["result"]
b, c = r["bill"], r["optimize"]["chosen"]
kwh = c["energy_per_request_j"] / 3.6e6
def same(key, want):
    assert abs(b[key] / want - 1) < 1e-12, (key, b[key], want)
same("carbon_per_request_gco2e", kwh * 400)
same("cost_per_request", kwh * 0.25)
same("energy_per_million_output_tokens_kwh", kwh / 256 * 1e6)
same("carbon_per_year_gco2e", kwh * 400 * 4 * 365 * 86400)
same("cost_per_year", kwh * 0.25 * 4 * 365 * 86400)
PY
expect 0 $analytic --carbon 400 --price 0.25 --format csv
python3 - <<'PY' || fail "carbon and cost in CSV"
import csv
for r in csv.DictReader(open("out")):
    kwh = float(r["energy_per_request_j"]) / 3.6e6
    assert abs(float(r["carbon_per_request_gco2e"]) / (kwh * 400) - 1) < 1e-8
    assert abs(float(r["cost_per_request"]) / (kwh * 0.25) - 1) < 1e-8
PY
expect 0 $analytic --format csv
[ "$(tail -1 out | grep -c ',,$')" = 1 ] || fail "a price that is not known is a blank"
{
    echo hour,gCO2e_per_kWh
    for hour in $(seq 0 23); do echo "$hour,$((hour == 18 ? 110 : 300))"; done
} >grid.csv
expect 0 $analytic --grid grid.csv --price 0.25 --scope facility --current tp=2,batch=64 --format md
out_has "^## Carbon and cost"
out_has "^| a year | .*Wh | .* t |\|^| a year | .*Wh | .* kg |"
out_has "least at 18 h UTC (110 g/kWh), most at 0 h (300 g/kWh)"
out_has "^A PUE of 1.2 is in all of it"
out_has "^Today's tp=2 .* more a year, .* CO2e, .* for electricity"
expect 2 $analytic --grid grid.csv --carbon 400
err_has "grid or --carbon, not both"
expect 4 $analytic --grid /no/such/grid.csv

# a fit: its parameters and residuals; a table: rows held against it
{
    echo model,gpu,precision,engine,tp,batch_size,input_tokens,output_tokens,latency_s,energy_j
    for batch in 1 2 4 8 16 32; do
        for osl in 128 256 512; do
            echo "llama-2-13b,a100-sxm4-40gb,bfloat16,vLLM (eager),1,$batch,512,$osl,9,$((batch * osl * 3 + 900))"
        done
    done
} >rows.csv
expect 0 --fit "$fit" --model llama-2-13b $load rows.csv --format md
out_has "^## The fit"
out_has "^18 of the 18 clean rows in rows.csv about this model and GPU"
out_has "^## Learning curve"
expect 0 --fit "$fit" --model llama-2-7b --gpu a100-sxm4-40gb $load rows.csv --format md
out_has "^Left out: .*learning curve: "

# limits that nothing keeps: the page says so, exit 1
expect 1 --model llama-3.1-8b --gpu h100 $load --tpot 1us --format md
out_has "^\*\*Nothing keeps all limits; nearest: "

# bad input
expect 2 --model llama-3.1-8b --gpu h100 --osl 256
err_has "isl and --osl: needed"
expect 2 --model nosuchmodel --gpu h100 $load
expect 4 --model llama-3.1-8b --gpu h100 $load /no/such.csv
expect 2 --model llama-3.1-8b --gpu h100 $load --format pdf
expect 4 $analytic -o /no/such/folder/page.html
exit $failed
