#!/bin/sh
# make-priors.sh PROGRAM: make data/priors/*.json, what fits to the public
# measurements in ../shared/data teach the learned prior: of each model on each
# GPU and engine how far its parameters lie from the physical centres, and how
# sure that is. Constants alone, never a measurement. Says what it needs and
# changes nothing where the measurements are absent.
#
# Splitwise is left out: its joules are a share of a power limit.
program=${1:-build/release/energylens}
data=../shared/data/measurements
cd "$(dirname "$0")/.." || exit 1
if [ ! -r "$data/argonne_synthetic.csv" ]; then
    echo "make-priors.sh: $data is not here: data/priors stays as it is" >&2
    exit 0
fi
mkdir -p data/priors
new=$(mktemp) || exit 1
trap 'rm -f "$new"' EXIT
make_prior() { # NAME SOURCE OPTIONS...
    name=$1 source=$2
    shift 2
    "$program" fit "$data/$name.csv" --prior physical --min-latency 1.5s \
        --quiet --format prior "$@" >"$new" || exit 1
    sed "s|^  \"source\": .*|  \"source\": \"$source\"|" "$new" \
        >"data/priors/$name.json"
}
make_prior argonne_synthetic "giacomo-brunetta/LLM_Inference_Power (Beyond \
Throughput, IPDPS 2026)" --sessions
make_prior mlenergy_v2 "ML.ENERGY Benchmark v2, ml-energy/leaderboard, \
Apache-2.0"
make_prior mlenergy_v3_h100 "ML.ENERGY Benchmark v3, ml-energy/leaderboard, \
Apache-2.0"
