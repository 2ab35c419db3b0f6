# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# For scripts with support/cli.sh: doubles of an engine and of NVML, plans,
# stores. Skips (77) where the doubles were not built.
build=$(dirname "$prog")
fake=$build/fake_openai
[ -x "$fake" ] && [ -r "$build/fake_nvml.so" ] || exit 77
export EL_NVML_PATH=$build/fake_nvml.so FAKE_NVML=gpus=2,idle=300
unset CUDA_VISIBLE_DEVICES

# plan FILE ROW...: "tp batch in out"
plan() {
    local file=$1 row
    shift
    echo model,gpu,tp,precision,engine,batch_size,input_tokens,output_tokens >"$file"
    for row; do
        # shellcheck disable=SC2086
        set -- $row
        echo "llama-2-7b,h100,$1,bfloat16,vLLM,$2,$3,$4" >>"$file"
    done
}
sql() { # file, statement
    python3 -c 'import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]):
    print(*row, sep="|")' "$@"
}
is() { [ "$2" = "$3" ] || fail "$1: \"$2\", want \"$3\""; }
near() { # what, value, wanted, relative limit
    python3 -c "import sys; sys.exit(not abs($2 - $3) <= $4 * abs($3))" ||
        fail "$1 is $2, want $3"
}
# programs of ours and engines that were started from this folder
running() {
    local p exe
    for p in /proc/[0-9]*; do
        exe=$(readlink "$p/exe")
        [ "$exe" = "$fake" ] || [ "$exe" = "$prog" ] || continue
        [ "$(readlink "$p/cwd")" = "$PWD" ] && return 0
    done
    return 1
}
nobody_left() {
    for _ in $(seq 200); do
        running || return 0
        sleep 0.05
    done
    fail "an engine was left over"
}
