#!/bin/sh
# make-fits.sh PROGRAM: make data/fits/*.json from the public measurements in
# ../shared/data (coefficients, ranges, residuals; never a measurement). Says
# what it needs and changes nothing where they are absent.
program=${1:-build/release/energylens}
data=../shared/data/measurements
cd "$(dirname "$0")/.." || exit 1
if [ ! -r "$data/argonne_synthetic.csv" ]; then
    echo "make-fits.sh: $data is not here: data/fits stays as it is" >&2
    exit 0
fi
"$program" fit "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
    --min-latency 1.5s --quiet -o data/fits/a100-sxm4-40gb.fit.json &&
    "$program" fit "$data/mlenergy_v3_h100.csv" --min-latency 1.5s --quiet \
        -o data/fits/h100-sxm5-80gb.fit.json
