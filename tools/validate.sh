#!/bin/sh
# validate.sh BUILD: the analytic model against measurements, one table.
# Figures, never pass or fail; the data is not in this repository.
build=$1
for program in "$build"/bench_validate_*; do
    [ -x "$program" ] && "$program"
done | awk '
    /^\| V  / { if (header++) next }
    /yes \|$/ { met++ }
    /NO \|$/ { missed++ }
    { print }
    END { printf "%d of %d targets met; V10 (invariants) is tested by make test\n", met, met + missed }'
