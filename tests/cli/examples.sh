#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every example of every --help, and every command that README.md and docs/*.md
# show, runs as it is printed, from the root of the repository. Commands that
# read measurements are left out where ../shared is absent; the others that are
# not run are in left_out(), with the reason. A command that ends with
# "# exit 1" is to end so. $1 = program, $2 = source folder
prog=$(realpath "$1")
source=$(realpath "$2")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
unset NO_COLOR ${!ENERGYLENS_@}
failed=0
n=0

# A root that looks like the repository but may be written to.
mkdir "$dir/root" "$dir/bin"
for name in "$source"/*; do
    [ "${name##*/}" = docs ] || ln -s "$name" "$dir/root/"
done
cp -r "$source/docs" "$dir/root/docs" # an example draws into docs/pictures
ln -s "$prog" "$dir/bin/energylens"
[ -d "$source/../shared" ] && ln -s "$source/../shared" "$dir/shared"
cd "$dir/root" || exit 1
PATH=$dir/bin:$PATH

# What readers have: a space, a model, a benchmark's result, a power log, stores.
readers_files() {
    local samples=../shared/samples
    ln -s data/spaces/node4.json space.json
    [ -d $samples ] || return
    cp $samples/hf_config/Qwen__Qwen3-8B.json config.json
    cp $samples/vllm/bench_serve_v0.25.1.json bench.json
    cp $samples/vllm/metrics_vllm_0_25_1_idle.txt before.prom
    cp $samples/vllm/metrics_vllm_0_25_1_loaded.txt after.prom
    cp $samples/power_nvidia_smi/smi_h200_load_query-gpu.csv gpu.csv
    energylens import $samples/vllm/*.json --tp 1 --store runs.db
    energylens store migrate other.db
    energylens store migrate team.db
} >/dev/null 2>&1

# printed FILE MARK: the commands in FILE that follow MARK (an expression) at
# the start of a line, each with its continuations, one a line
printed() {
    awk -v mark="^$2" '
        $0 ~ mark "energylens [a-z]+( |$)" { text = $0; sub(mark, "", text) }
        text != "" && $0 !~ mark "energylens [a-z]+( |$)" {
            sub(/^ +/, ""); text = text $0
        }
        text != "" && !sub(/\\$/, "", text) { print text; text = "" }' "$1"
}

# left_out COMMAND: says why it is not run here; false where it is
left_out() {
    case $1 in
    *' --dry-run'* | *' --slurm '*) return 1 ;;
    'energylens profile '*) echo 'an engine on GPUs: tests/cli/profile.sh' ;;
    'energylens fit runs.db'*) echo 'what profile kept: tests/cli/campaign.sh' ;;
    'energylens meter '*./serve-and-load.sh | 'energylens meter -- python3 bench.py'*)
        echo 'GPUs and a load of your own: tests/cli/meter.sh' ;;
    'energylens serve '*) echo 'serves until Ctrl-C: tests/cli/serve.sh' ;;
    *' DATA.csv ['*) echo 'a synopsis' ;;
    *) return 1 ;;
    esac
}

try() { # where, command
    local want=0 got
    case $2 in
    *../shared/* | *.db* | *config.json* | *bench.json* | *.prom* | *" law.fit.json"*) [ -d ../shared ] || return ;;
    esac
    left_out "$2" >"$dir/why" && {
        echo "left out: $1: $2: $(cat "$dir/why")"
        return
    }
    [[ $2 =~ '# exit '([0-9]+)$ ]] && want=${BASH_REMATCH[1]}
    n=$((n + 1))
    bash -c "$2" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    if [ $got -ne "$want" ]; then
        echo "FAIL: $1: exit $got: $2"
        head -3 "$dir/err"
        failed=1
    fi
}

all() { # where, file, mark
    printed "$2" "$3" >"$dir/commands"
    [ -s "$dir/commands" ] || {
        echo "FAIL: $1 shows no command"
        failed=1
    }
    while read -r command; do try "$1" "$command"; done <"$dir/commands"
}

verbs=$(energylens --help | sed -n 's/^  \([a-z]*\)  .*/\1/p')
[ "$(echo "$verbs" | wc -l)" -ge 8 ] || {
    echo "FAIL: verbs of --help: $verbs"
    failed=1
}
for verb in $verbs; do
    energylens "$verb" --help >"$dir/help"
    all "$verb --help" "$dir/help" "    "
    # a narrow terminal splits the same command in other places
    COLUMNS=50 energylens "$verb" --help >"$dir/narrow"
    cmp -s <(printed "$dir/help" "    ") <(printed "$dir/narrow" "    ") || {
        echo "FAIL: $verb --help: examples depend on the width"
        failed=1
    }
done
readers_files
for page in README.md docs/*.md; do
    grep -qE '^(\$ |    )?energylens [a-z]+( |$)' "$page" &&
        all "$page" "$page" '(\\$ |    )?'
done
echo "$n commands"
[ "$n" -ge 20 ] || failed=1
exit $failed
