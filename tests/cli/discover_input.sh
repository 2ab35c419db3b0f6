#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# discover_input.sh PROGRAM SOURCE: tables that a search cannot, or can hardly,
# learn from: one line that says what and where, the exit code, no file.
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=discover

one_line() {
    [ "$(grep -vc warning: err)" -eq 1 ] || fail "more than one line"
    err_has "$1"
}

python3 - <<'PY'
import random
random.seed(2)
with open("t.csv", "w") as f:
    f.write("x,twice,neg,same,y\n")
    for k in range(80):
        x, n = random.uniform(1, 9), random.uniform(-3, 5)
        f.write(f"{x!r},{2 * x!r},{n!r},4,{3 * x ** 1.5 * random.gauss(1, .01)!r}\n")
with open("three.csv", "w") as f: # c is 12 a b^2 on all rows
    f.write("a,b,c,y\n")
    for k in range(100):
        a, b = random.uniform(1, 9), random.uniform(1, 5)
        f.write(f"{a!r},{b!r},{12 * a * b * b!r},{(3 * a * b + 2) * random.gauss(1, .01)!r}\n")
PY

# nothing to explain
expect 3 t.csv --target same -o law.json --front front.csv
one_line 't.csv: same is 4 on every row: no law to find'
head -2 t.csv >one.csv
expect 3 one.csv --target y -o law.json
one_line 'one.csv: 1 row: a law needs more'
head -1 t.csv >none.csv
expect 3 none.csv --target y
one_line 'none.csv: 0 rows'
: >empty.csv
expect 3 empty.csv --target y
one_line 'empty.csv: empty'
expect 3 t.csv --target y --features same
one_line 'same'
[ -e law.json ] || [ -e front.csv ] && fail "a file was written"

# columns that say the same are told; which of them is meant is not known
expect 0 three.csv --target y --evaluations 3000
tr '\n' ' ' <out | grep -q 'collinear.*a^-1 b^-2 c is the same on all rows' ||
    fail "collinear columns are not named"
expect 0 t.csv --target y --features x,twice --evaluations 2000
tr '\n' ' ' <out | grep -q 'collinear.*x^-1 twice is the same' ||
    fail "a column and its double are not named"

awk -F, -v OFS=, 'NR == 1 {$3 = "total"} NR > 1 {$3 = $1 + $2} {print}' three.csv >sum.csv
expect 0 sum.csv --target y --evaluations 1000 --json
python3 -c "
import json
r, = json.load(open('out'))['result']['relations']
assert {k: round(v / r['factors']['a'], 3) for k, v in r['factors'].items()} == \
    {'a': 1, 'b': 1, 'total': -1}, r" || fail "a column that is the sum of two"
expect 0 sum.csv --target y --evaluations 1000
tr '\n' ' ' <out | grep -q 'collinear *a + b - total is the same on all rows' ||
    fail "a sum is not named"

# negative values: no logarithm or root of them, and none of a target
expect 3 t.csv --target neg --loss log
one_line 'neg is not above 0 on [0-9]* of 80 rows'
expect 0 t.csv --target y --features x,neg --operators '+,-,*,/,log,sqrt,^' \
    --evaluations 4000 --json
python3 - <<'PY' || fail "a law that is not defined on every row"
import csv, json, math
laws = json.load(open("out"))["result"]["laws"]
assert laws
for law in laws:
    assert law["mean_error_pct"] is not None, law
    for row in csv.DictReader(open("t.csv")):
        names = {"x": float(row["x"]), "neg": float(row["neg"]), **vars(math)}
        value = eval(law["formula"].replace("^", "**"), {"__builtins__": {}}, names)
        assert isinstance(value, float) and math.isfinite(value), law["formula"]
PY

# units that cannot match
printf 'column,unit\na,m\nb,s\nc,kg\ny,J\n' >units.csv
expect 3 three.csv --target y --units units.csv --plain-constants
one_line 'y is in J, which no product of powers of a \[m\], b \[s\], c \[kg\] has'
printf 'column,unit\na,kg*m^2/s^2\nb,s\nc,m\ny,kg*m^2/s\n' >units.csv # a b
expect 0 three.csv --target y --units units.csv --plain-constants --evaluations 3000
out_has 'a\*b'
printf 'column,unit\na,m/\n' >units.csv
expect 3 three.csv --target y --units units.csv
one_line 'units.csv:2: unit: .*column 3'

# too little time: the best so far
expect 1 three.csv --target y --time 1ms --evaluations 5000000 --front front.csv
err_has 'too short for the search asked for: the best so far'
out_has 'STOPPED BY THE TIME LIMIT'
[ "$(wc -l <front.csv)" -gt 1 ] || fail "no law so far"

# 10^6 rows: 2,000 are searched, the memory is that of the table
awk 'BEGIN {
    print "a,b,y"
    for (i = 0; i < 1000000; i++) {
        a = 1 + i * 37 % 1009; b = 1 + i * 53 % 977
        printf "%d,%d,%.6g\n", a, b, (3 * a * b + 20 * b) * (1 + .05 * sin(i * i))
    }
}' >million.csv
nm -an "$prog" | grep -qE '__[at]san' && most=1000 || most=160 # MB
python3 - "$prog" "$most" <<'PY' || fail "a million rows"
import resource, subprocess, sys
r = subprocess.run([sys.argv[1], "discover", "million.csv", "--target", "y",
                    "--evaluations", "1000"], capture_output=True, text=True)
assert r.returncode == 0, r
assert "1,000,000 rows (2,000 searched" in r.stdout, r.stdout
mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
assert mb < int(sys.argv[2]), mb
PY
exit $failed
