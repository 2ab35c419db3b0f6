#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong with any verb alike: a wrong option, an input that is empty or
# a folder or not there, a result that cannot be written. One clear line, the
# right exit code, and nothing left behind. $1 = program, $2 = source folder
source=$(realpath "$2")
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"

: >empty
mkdir folder
echo '{"a": 1}' >other.json
{
    echo 'model,gpu,tp,engine,batch_size,input_tokens,output_tokens,energy_j,latency_s'
    for tp in 1 2; do for batch in 1 8 64; do for n in 128 1024; do
        echo "qwen2-7b,a100-sxm4-40gb,$tp,vLLM,$batch,$((n + tp)),$n,$((n * (batch + 4 + tp))),$((n / 20))"
    done; done; done
} >runs.csv
cut -d, -f1-7 runs.csv >asked.csv
cp "$source/tests/fuzz/corpus/import/bench.json" bench.json
cp "$source/data/power/two-gpus.csv" power.csv
cp "$source/data/spaces/node4.json" space.json
{
    echo 'TIMESTAMP,ContextTokens,GeneratedTokens'
    for s in 1 2 3 4 5; do echo "2024-05-10 00:00:0$s,100,20"; done
} >requests.csv
{
    echo 'nccl_dtype,num_gpus,message_size,collective,latency_ms'
    for bytes in 1024 65536 1048576 16777216 268435456; do
        echo "half,4,$bytes,all_reduce,$((bytes / 4096 + 20))e-3"
    done
} >links.csv

# said CODE TEXT args...: CODE, one line on stderr (and a hint where the usage
# was wrong) that holds TEXT and names the verb, nothing on stdout
said() {
    local want=$1 text=$2 lines=1
    shift 2
    [ "$want" = 2 ] && lines=2
    expect "$want" "$@"
    [ "$(wc -l <err)" -eq $lines ] || fail "$*: not $lines lines"
    grep -qF -e "$text" err || fail "$*: does not say \"$text\""
    grep -q "^energylens $1: " err || fail "$*: does not name the verb"
    [ -s out ] && fail "$*: prints"
}

# every verb, also those that come after this was written
for name in $("$prog" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p') man; do
    said 2 'unknown option --no-such-option' "$name" --no-such-option
    said 2 'unknown option -?' "$name" '-?'
    said 2 '-o needs a value' "$name" -o
    said 2 '--threads: not a whole number' "$name" --threads few
    said 2 '--color: ' "$name" --color mauve
    expect 0 "$name" --help
    [ -w /dev/full ] || continue
    "$prog" "$name" --help >/dev/full 2>err
    [ $? -eq 4 ] && err_has 'No space left on device' || fail "$name: help"
done

# @ stands for a file that is read: empty, a folder, not there, another's JSON
load='--model llama-3.1-8b --gpu h100 --isl 512 --osl 256'
while read -r line; do
    for file in empty folder none other.json; do
        case $file in
        empty) code=3 text='empty' ;;
        folder) code=4 text='folder: Is a directory' ;;
        none) code=4 text='none: No such file or directory' ;;
        *) code=3 text='other.json' ;;
        esac
        # shellcheck disable=SC2086 # a table of words
        said $code "$text" ${line//@/$file}
    done
done <<EOF
predict --fit @ $load
predict --rows @
predict --calibrate @ $load
predict --kernel-table @ $load
predict --links @ $load
explain --kernel-table @ --model llama-3.1-8b --gpu h100
explain --links @ --model llama-3.1-8b --gpu h100
optimize --fit @ $load
explore --fit @ $load
account --trace @ --model llama-3.1-8b --gpu h100
report @ $load
report --fit @ $load
profile @ --dry-run --engine-url http://127.0.0.1:1
store ls @
store export @
sweetspot @
sweetspot --fit @
sweetspot --trace @ --model llama-3.1-8b
fit @
evaluate @
discover runs.csv --units @
plan --space @ --model llama-2-7b --gpu h100
import @
meter --meter replay:@ -- true
EOF
for file in empty folder none; do
    [ $file = empty ] && code=3 || code=4
    said $code "$file: " discover $file
done
said 4 'folder: Is a directory' serve --port 0 folder
said 4 'none: No such file or directory' serve --port 0 none
said 4 'none/x.db: ' store migrate none/x.db
for file in empty other.json; do
    said 3 "$file: no measurement" calibrate comm $file
    said 3 "$file:" explain --arch $file --model llama-3.1-8b --gpu h100
    said 4 "$file: Not a directory" catalog gpus --catalog $file
done
said 4 'folder: Is a directory' calibrate comm folder
said 4 'folder/config.json: No such file' explain --model ./folder --gpu h100
said 3 'folder: no *.json in it' catalog gpus --catalog folder

# what works, where it cannot write; -o goes before the words of a command
while read -r line; do
    words=" ${line%% -- *}"
    case $line in *' -- '*) after="-- ${line#* -- }" ;; *) after= ;; esac
    # shellcheck disable=SC2086 # a table of words
    {
        said 4 'none/x: cannot write: No such file or directory' \
            $words -o none/x $after
        said 4 'folder: cannot write: Is a directory' $words -o folder $after
        said 2 '-o: no file name' $words --out= $after
        expect 0 $words -q -o result $after
        [ -s result ] || fail "$words: -o leaves nothing"
        rm -f result
        [ -w /dev/full ] || continue
        "$prog" $words -q $after >/dev/full 2>err
        [ $? -eq 4 ] && err_has 'No space left on device' || fail "$words: full"
        "$prog" $words -q --json $after >&- 2>err
        [ $? -eq 4 ] && err_has 'Bad file descriptor' || fail "$words: closed"
    }
done <<EOF
predict $load
predict --rows asked.csv
explain --model llama-3.1-8b --gpu h100
optimize $load --gpus 2
explore $load --gpus 2
account --trace requests.csv --model llama-3.1-8b --gpu h100
report $load --gpus 2
profile asked.csv --row 1 --dry-run --engine-url http://127.0.0.1:1
sweetspot --model llama-3.1-8b --gpu h100 --isl 64:256 --osl 64:256
fit runs.csv
calibrate comm links.csv --gpu h100
evaluate runs.csv --seeds 1 --forms constant
discover runs.csv --evaluations 1 --max-complexity 20
plan --space space.json --model llama-2-7b --gpu a100-sxm4-40gb --runs 3
import bench.json
meter --meter replay:power.csv --allow-short --idle 0s -- true
catalog gpus
doctor
version
man
EOF
rm -f asked.csv bench.json links.csv requests.csv other.json power.csv space.json
for file in *; do
    case $file in
    empty | err | folder | out | runs.csv) ;;
    *) fail "leaves $file" ;;
    esac
done
[ -z "$(ls -A folder)" ] || fail "leaves $(ls -A folder) in a folder"

# a closed standard stream is no place for a file that is opened
"$prog" fit runs.csv -o result 2>&- >&-
grep -q warning result && fail "a warning in the result"
exit $failed
