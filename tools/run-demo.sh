#!/bin/sh
# run-demo.sh PROGRAM FIT DATA: the main job, on a fit that the repository
# carries, and where the measurements are at hand from those too.
set -eu
program=$1
fit=$2
data=$3

# Show the command as a person would type it, then run it.
show() {
    printf '\n$ energylens'
    for word in "$@"; do
        case $word in
        *\ *) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    "$program" "$@" || [ $? -eq 1 ] # 1: the answer is no, and it was said
}

echo '== No measurement at all: Llama-3.1-70B on eight H100,'
echo '   1 request/s of 1,000 tokens in and 300 out, 50 ms a token.'
show optimize --model llama-3.1-70b --gpu h100-sxm5-80gb --gpus 8 \
    --isl 1000 --osl 300 --request-rate 1 --ttft 1s --tpot 50ms --top 4

echo
echo '== From a fit of 96 measurements: which configuration of Llama-2-13B on'
echo '   four A100 costs least,'
echo '   at 2 requests/s and 60 ms a token?'
show optimize --fit "$fit" --model llama-2-13b --gpus 4 --isl 512 --osl 256 \
    --request-rate 2 --tpot 60ms --top 5 --current tp=4,batch=8

echo
echo '== Where do the joules of one choice go?'
show predict --fit "$fit" --model llama-2-13b --gpu a100-sxm4-40gb --tp 2 \
    --batch 16 --isl 512 --osl 256 --explain

if [ -f "$data/argonne_synthetic.csv" ]; then
    echo
    echo '== The same from measurements: fit, then check on rows held back.'
    show fit "$data/argonne_synthetic.csv" --model llama-2-13b \
        --gpu a100-sxm4-40gb
    show evaluate "$data/argonne_synthetic.csv" --gpu a100-sxm4-40gb \
        --engine 'vLLM (eager)' --sessions --choices-only \
        --forms closed12,powerlaw,smallest-tp-that-fits --seeds 5
fi
