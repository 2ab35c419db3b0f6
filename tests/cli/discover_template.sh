#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# discover_template.sh PROGRAM SOURCE: laws of a given shape, units and round
# numbers, and checkpoints of other settings.
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=discover

# y = 2.7 m v / (v + 1.7) + 0.8 r^1.5 + 0.3 within 1 %
python3 - <<'PY'
import random
random.seed(1)
with open("t.csv", "w") as f:
    f.write("m,v,r,y\n")
    for k in range(120):
        m, v, r = (10 ** random.uniform(-1, 1) for _ in range(3))
        y = (2.7 * m * v / (v + 1.7) + 0.8 * r ** 1.5 + 0.3) * random.gauss(1, 0.01)
        f.write(f"{m!r},{v!r},{r!r},{y!r}\n")
PY
ask="t.csv --target y --seed 2 --evaluations 4000"

# shellcheck disable=SC2086
{
expect 0 $ask --template 'y = a*m*v/(v + b) + f(r)' --json --threads 1
cp out one
expect 0 $ask --template 'a*m*v/(v + b)+f(r)' --json --threads 2
cmp -s out one || fail "threads and blanks change the laws"
python3 - <<'PY' || fail "the law, or its shape"
import json, re
r = json.load(open("one"))["result"]
for law in r["laws"]:
    assert re.match(r"[-0-9./epi*]+\*m\*v/\(v \+ [-0-9./epi*]+\) [+-] |m\*v/", law["formula"]), law["formula"]
    assert "r" in law["formula"].replace("sqrt", "") or law["complexity"] < 13, law["formula"]
pick = r["laws"][r["pick"]]
assert pick["mean_error_pct"] < 1, pick
assert 11 < pick["complexity"] < 22, pick
numbers = [c["value"] for c in pick["constants"]]
assert abs(numbers[0] / 2.7 - 1) < 0.02 and abs(numbers[1] / 1.7 - 1) < 0.05, numbers
PY
expect 0 $ask --template 'a*m*v/(v + b) + c*r^n + d' --format python
out_has 'm\*v/(v + 1\.'
[ "$(grep -c return out)" -eq 1 ] || fail "one law"
expect 0 $ask --template 'f(m, v) + g(r)' --max-complexity 20 --front front.csv --quiet
[ "$(wc -l <front.csv)" -gt 4 ] || fail "a front of two holes"
expect 1 $ask --template 'a*log(m - 1000*v)' # defined on no row
out_has 'No law was found that keeps the template'

# what is wrong, and where
while IFS='|' read -r template message; do
    expect 2 $ask --template "$template"
    err_has "$message"
    [ "$(wc -l <err)" -eq 2 ] || fail "one line and where to read on: $template"
done <<'T'
a*m + a*r|column 7: "a" stands twice
a*mass|column 3: "mass" is no column
f(m) + f(r)|column 8: "f" is taken
a*f(m)|column 3: "f" has numbers of its own
f(m) + b|column 1: "f" has numbers of its own
f(m + 1)|column 5: , or ) is expected
f(mm)|column 3: "mm" is no column
y = a*m +|column 10: ends where
speed = a*m|column 1: before = stands y
y = exp2(m)|column 5: unknown function "exp2"
|column 1
T
expect 2 $ask --template 'a*m - f(r)' --signs positive
err_has 'signs any allows it'
expect 0 $ask --template 'a*m - f(r)' --signs any

# units: those of the template clash, or tell which numbers may become round
printf 'column,unit\nm,kg\nv,m/s\nr,m\ny,J\n' >units.csv
expect 3 $ask --units units.csv --template 'm*v + f(r)*(m + r)'
err_has 'template: units: + joins kg with m'
expect 3 $ask --units units.csv --template 'a*log(m) + f(r)'
err_has 'template: units: log takes kg'
expect 0 $ask --units units.csv --template 'a*m*v/(v + b) + f(r)' --json
python3 - <<'PY' || fail "a number with a unit was made round"
import json
r = json.load(open("out"))["result"]
for law in r["laws"]:
    for c in law["constants"][:2]: # a [J/kg], b [m/s]
        assert not c["fixed"], law
PY
printf 'column,unit\nm,kg\nv,m/s\nr,m\ny,J\nmass,kg\n' >units.csv
expect 3 $ask --units units.csv --plain-constants --features m,r
err_has 'y is in J, which no product of powers of m \[kg\], r \[m\] has'
err_has 'has no column "mass"'

# a checkpoint of another search says what is other
printf 'column,unit\nm,1\nv,1\nr,1\ny,1\n' >units.csv
same="$ask --checkpoint state --evaluations 20000"
expect 0 $same --template 'a*m + f(v, r)'
expect 0 $same --template 'a*m + f(v, r)' --resume --evaluations 20001
expect 0 $same --template 'a*m + b*v' --resume # nothing to go on with
out_has '\*m + .*\*v'
while IFS='|' read -r options message; do
    expect 3 $same --resume $options
    err_has "of a search with other $message\$"
done <<'T'
|template
--template b*m+f(r,v) --seed 3|seed
--template a*m+f(v) --operators +,*|operators, template
--template a*m+f(v,r) --units units.csv|units
--template a*m+f(v,r) --monotone m:+|directions
--template a*m+f(v,r) --signs positive|signs
--template a*m+f(v,r) --loss log|loss
--template a*m+f(v,r) --max-complexity 20|max-complexity
T
}
exit $failed
