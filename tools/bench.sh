#!/bin/sh
# bench.sh BUILD DATA: rates of what must be fast, and of NumPy and SciPy on
# the same core where they are installed. Figures, never pass or fail.
build=$1
data=$2
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
here=$(dirname "$0")/..

grep -m1 'model name' /proc/cpuinfo | sed 's/.*: /cpu  /'
for program in "$build"/bench_*; do
    case $program in */bench_validate_* | */bench_sr | */bench_energy_laws | */bench_active | */bench_noise_error) continue ;; esac
    [ -x "$program" ] && "$program"
done
if /usr/bin/python3 -c 'import numpy, scipy' 2>/dev/null; then
    /usr/bin/python3 "$here/bench/reference.py"
    ENERGYLENS_LIBRARY=$build/libenergylens.so PYTHONPATH=$here/python \
        /usr/bin/python3 "$here/bench/python_columns.py" \
        "$here/data/fits/a100-sxm4-40gb.fit.json"
else
    echo 'reference: install python3-numpy and python3-scipy to compare'
fi

# seconds NAME COMMAND...: wall time of one run
seconds() {
    name=$1
    shift
    start=$(date +%s.%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s.%N)
    echo "$name $start $end" | awk '{printf "%-32s %12.4g s\n", $1, $3 - $2}'
}
seconds version "$build/energylens" version
if [ -d "$data" ]; then
    seconds evaluate_5_forms_3_splits_20_seeds "$build/energylens" evaluate \
        "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
        --engine 'vLLM (eager)' \
        --forms closed12,el12r,nnls12kv,powerlaw,smallest-tp-that-fits \
        --splits all,unseen,batch --seeds 20
fi
