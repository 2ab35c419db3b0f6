#!/bin/sh
# accuracy.sh PROGRAM DATA: every figure of docs/accuracy.md, with the command.
program=$1
data=$2
say() {
    printf '\n$ energylens'
    for word in "$@"; do
        case $word in
        *\ *) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    COLUMNS=130 "$program" "$@" --quiet
}
a100() {
    say evaluate "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
        --engine 'vLLM (eager)' --sessions --choices-only "$@"
}
[ -d "$data" ] || { echo "accuracy: $data: no measurements here" >&2; exit 77; }
a100 --forms all
a100 --forms closed12 --min-latency 3s
a100 --forms closed12 --min-latency 15s
a100 --forms closed12 --samples 5
a100 --forms closed12 --samples 20
a100 --forms closed12 --splits length,model,gpu
a100 --forms closed12,throughput-per-gpu --free-batch --splits all
a100 --forms closed12,smallest-tp --scope node
a100 --forms closed12 --prior none
a100 --forms closed12 --prior learned
say evaluate "$data/argonne_synthetic.csv" --gpu max-1550 --forms closed12 --samples 12
say evaluate "$data/mlenergy_v3_h100.csv" --samples 50% --splits all,batch,length,model --forms closed12,serving8,powerlaw
say evaluate "$data/mlenergy_v3_h100.csv" --samples 50% --splits all --free-batch --forms closed12,throughput-per-gpu
say evaluate "$data/mlenergy_v2.csv" --samples 50% --splits all,batch --forms closed12,serving8,powerlaw
say evaluate "$data/splitwise_llama2_70b.csv" --samples 50% --splits all,batch,length --forms closed12,powerlaw
