#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A nasty user: whatever is wrong, one clear line, the right exit code, and no
# file that is new or half written. $1 = program, $2 = source folder
prog=$(realpath "$1")
source=$(realpath "$2")
fit=$source/data/fits/a100-sxm4-40gb.fit.json
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
unset NO_COLOR COLUMNS ${!ENERGYLENS_@}
failed=0
fail() {
    echo "FAIL: $*"
    head -c 400 err
    failed=1
}

# refused CODE TEXT args...: exits with CODE, stderr is one line (and the hint
# of a usage error) that holds TEXT, stdout is empty, no file is left
refused() {
    local want=$1 text=$2 got lines=1
    shift 2
    rm -rf out.d
    mkdir out.d
    [ "$want" = 2 ] && lines=2
    "$prog" "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$want" ] || fail "$*: exit $got, want $want"
    [ "$(wc -l <err)" -eq $lines ] || fail "$*: not $lines lines"
    grep -qF -e "$text" err || fail "$*: does not say \"$text\""
    grep -q '[[:cntrl:]]' err && fail "$*: control characters"
    [ -s out ] && fail "$*: stdout is not empty"
    [ -z "$(ls -A out.d)" ] || fail "$*: leaves $(ls -A out.d)"
}

# every TABLE verb that reads measurements refuses it alike
measured() { # code, text, file
    refused "$1" "$2" fit "$3" --quiet -o out.d/fit.json
    refused "$1" "$2" evaluate "$3" --quiet --seeds 1 -o out.d/e \
        --predictions out.d/p
}
rows() { # code, text, file
    refused "$1" "$2" predict --fit "$fit" --rows "$3" -o out.d/rows.csv
}
table() {
    measured "$@"
    rows "$@"
}

head='model,gpu,tp,engine,batch_size,input_tokens,output_tokens,energy_j,latency_s'
{
    echo "$head"
    for tp in 1 2 4; do for batch in 1 4 16 64; do for n in 128 512 2048; do
        echo "qwen2-7b,a100-sxm4-40gb,$tp,vLLM,$batch,$n,$n,$((n * 8 * (batch + 4 + tp) / 10)),$((n / 40))"
    done; done; done
} >runs.csv
cell() { # column number, value: line 5 of runs.csv with another cell
    awk -v c="$1" -v v="$2" 'BEGIN { FS = OFS = "," } NR == 5 { $c = v } 1' \
        runs.csv >cell.csv
}

# cells
for bad in x nan NaN inf -inf 1e999 0x10 1_000 '"1,5"' '5 J' $'\033[31m'; do
    cell 8 "$bad"
    measured 3 'cell.csv:5: energy_j: not a number: "' cell.csv
    cell 5 "$bad"
    table 3 'cell.csv:5: batch_size: not a number: "' cell.csv
done
for bad in -5 0 1e-400 1e19; do
    cell 8 "$bad"
    measured 3 'cell.csv:5: energy_j: must be above 0' cell.csv
    cell 7 "$bad"
    table 3 'cell.csv:5: output_tokens: must be above 0' cell.csv
    cell 6 "$bad"
    table 3 'cell.csv:5: input_tokens: must be above 0' cell.csv
    cell 3 "$bad"
    table 3 'cell.csv:5: tp: must be a whole number' cell.csv
done
cell 7 ''
table 3 'cell.csv:5: output_tokens: blank, but needed' cell.csv
cell 9 -1
measured 3 'cell.csv:5: latency_s: must be from 0' cell.csv
cell 9 '1,2'
table 3 'cell.csv:5: 10 cells where the header has 9' cell.csv

# the shape of the table
: >empty.csv
table 3 'empty.csv: empty file' empty.csv
echo "$head" >head.csv
measured 3 'head.csv: no rows below the header' head.csv
sed '1s/model/mdl/' runs.csv >t.csv
table 3 't.csv:1: missing columns: model' t.csv
sed '1s/energy_j/joules/' runs.csv >t.csv
measured 3 't.csv:1: missing columns: one of energy_j' t.csv
sed '1s/engine/tp/' runs.csv >t.csv
table 3 't.csv:1: columns 3 and 4 are both named "tp"' t.csv
sed '1s/engine//' runs.csv >t.csv
table 3 't.csv:1: column 4 has no name' t.csv
tr , ';' <runs.csv >t.csv
table 3 'must be a comma, not a semicolon' t.csv
{ cat runs.csv; printf '"open,a,1\n'; } >t.csv
table 3 't.csv:38: a quoted field is never closed' t.csv
{ cat runs.csv; printf 'llama\xff,a100,1,vLLM,1,9,9,9,9\n'; } >t.csv
table 3 'is not UTF-8' t.csv
{ cat runs.csv; printf 'llama\0,a100,1,vLLM,1,9,9,9,9\n'; } >t.csv
table 3 't.csv:38: NUL byte' t.csv
{ printf '\xff\xfe'; cat runs.csv; } >t.csv
table 3 'UTF-16 text, save it as UTF-8' t.csv
# a line of 2 GB: a sparse file of NUL bytes, then through a pipe of letters
{ echo "$head"; echo -n aaaa; } >long.csv
truncate -s 2200M long.csv && table 3 'long.csv:2: ' long.csv
rm -f long.csv
{ echo "$head"; head -c 2200000000 /dev/zero | tr '\0' a; } 2>/dev/null |
    "$prog" fit - >out 2>err
[ "${PIPESTATUS[1]}" -eq 3 ] && grep -q ':2: line longer than' err ||
    fail "a line of 2 GB through a pipe"

# rows that say little: done, and the warning says what held the parameters
head -2 runs.csv >one.csv
{ head -1 runs.csv; for _ in {1..30}; do sed -n 9p runs.csv; done; } >alike.csv
for t in one alike; do
    "$prog" fit $t.csv -o f.json >out 2>err || fail "$t: exit $?"
    grep -q 'too few rows .*the physical prior fills in: .*(1 row, needs 12)' err ||
        fail "$t: does not say what is missing"
    "$prog" predict --fit f.json --model qwen2-7b --tp 2 --batch 8 --isl 99 \
        --osl 99 >out 2>err || fail "$t: its fit does not predict"
    "$prog" fit $t.csv --prior none -o f.json >out 2>err
    grep -q 'only bounds hold them' err || fail "$t: --prior none"
    grep -q 'leans on the prior' err && fail "$t: leans on no prior"
    "$prog" evaluate $t.csv --seeds 1 >out 2>err
    [ $? -eq 1 ] && grep -q 'nothing is scored' err || fail "evaluate $t"
done

# files that are not there, or not files, or cannot be written
table 4 'none.csv: No such file or directory' none.csv
table 4 '.: Is a directory' .
load=(--model llama-3-8b --gpu a100-sxm4-40gb --isl 512 --osl 256)
head -8 runs.csv | cut -d, -f1-7 >plain.csv
"$prog" fit runs.csv -o whole.json --quiet || fail "fit"
writers() { # where, text
    refused 4 "$2" fit runs.csv -o "$1"
    refused 4 "$2" predict --fit "$fit" --rows plain.csv -o "$1"
    refused 4 "$2" optimize --fit "$fit" "${load[@]}" -o "$1"
    refused 4 "$2" explore --fit "$fit" "${load[@]}" -o "$1"
    refused 4 "$2" evaluate runs.csv --seeds 1 --forms constant -o "$1"
    refused 4 "$2" evaluate runs.csv --seeds 1 --forms constant \
        --predictions "$1"
}
writers none/x 'none/x: cannot write: No such file or directory'
writers . '.: cannot write: Is a directory'
if [ -w /dev/full ]; then
    writers /dev/full '/dev/full: cannot write: No space left on device'
    for args in "fit runs.csv" "fit runs.csv --json" \
        "evaluate runs.csv --seeds 1" "optimize ${load[*]}" \
        "explore ${load[*]}"; do
        # shellcheck disable=SC2086
        "$prog" $args >/dev/full 2>err
        [ $? -eq 4 ] && [ "$(wc -l <err)" -eq 1 ] || fail "full disk: $args"
    done
fi
# a full disk of its own, where one can be mounted: the old file stays
if [ "$(id -u)" = 0 ] && mkdir tiny &&
    mount -t tmpfs -o size=8k tmpfs tiny 2>/dev/null; then
    echo old >tiny/fit.json
    "$prog" fit runs.csv -o tiny/fit.json >out 2>err
    [ $? -eq 4 ] || fail "full disk: exit"
    [ "$(cat tiny/fit.json)" = old ] || fail "full disk: the old file is gone"
    [ "$(ls -A tiny)" = fit.json ] || fail "full disk: leaves $(ls -A tiny)"
    umount tiny
fi

# fit files
for verb in predict optimize explore; do
    broken() { refused "$1" "$2" $verb --fit "$3" "${load[@]}" -o out.d/x; }
    for n in 1 100 1000 5000 20000; do
        head -c $n "$fit" >cut.json
        broken 3 'cut.json:' cut.json
    done
    sed 's/"version": 1/"version": 2/' "$fit" >new.json
    broken 3 'version 2 is newer than 1' new.json
    sed 's/energylens.fit/energylens.plan/' "$fit" >new.json
    broken 3 'schema: is "energylens.plan"' new.json
    broken 3 'empty file' empty.csv
    { cat "$fit"; echo x; } >new.json
    broken 3 'end of file expected' new.json
    sed '0,/"value": [0-9.e-]*/s//"value": 1e400/' "$fit" >new.json
    broken 3 'real number overflow' new.json
    head -c 100000 /dev/zero | tr '\0' '[' >deep.json
    broken 3 'parsing depth' deep.json
    broken 3 'runs.csv:1:' runs.csv
    broken 4 'none.json: No such file' none.json
    broken 4 'Is a directory' .
done

# flags beyond reason
for verb in optimize explore; do
    absurd() { # text, option, value
        refused 2 "--${2#--}: $1" $verb "${load[@]}" -o out.d/x "$2" "$3"
    }
    for value in 0 -1 nan 1e30 '' 1,,2 99999999999999999999; do
        absurd '' --tp "$value"
    done
    absurd '65537 is outside' --tp 65537
    absurd '0 is outside' --batch 0
    absurd '1000000000 is outside' --gpus 1000000000
    absurd 'more than 64 values' --batch "$(seq -s, 1 65)"
    absurd '0.5 is outside' --pue 0.5
    absurd 'number too large' --seed 99999999999999999999999
    absurd '100000 is outside' --threads 100000
    refused 2 'unexpected argument "junk"' $verb "${load[@]}" junk
    refused 2 'unknown model "nobody"' $verb --model nobody --gpu h100 --isl 9 --osl 9
done
refused 2 'not a time' optimize "${load[@]}" --ttft -5ms
refused 2 'not a time' optimize "${load[@]}" --ttft 5parsecs
refused 2 'too many configurations' explore "${load[@]}" --batch \
    "$(seq -s, 1 64)" --isl "$(seq -s, 1 64)" --osl "$(seq -s, 1 64)" \
    --dp "$(seq -s, 1 64)" --pp 1,2
refused 2 '--samples: 101 %' evaluate runs.csv --samples 101%
refused 2 '--samples: 0 is outside' evaluate runs.csv --samples 0
refused 2 '--samples: not a number' evaluate runs.csv --samples nan
refused 2 '--seeds: 1000000000' evaluate runs.csv --seeds 1000000000
refused 2 'the same file as -o' evaluate runs.csv -o out.d/x --predictions out.d/x
refused 2 'takes standard output' evaluate runs.csv --predictions -

# Ctrl-C and kill: at once, quietly, and whole files or none. (A shell starts
# what runs in the background with SIGINT ignored; python does not.)
python3 - "$prog" <<'PY' || fail "signals"
import os, signal, subprocess, sys, time
prog = sys.argv[1]
os.mkdir("sig")
for args in (["evaluate", "runs.csv", "--seeds", "50000", "--forms", "all"],
             ["fit", "runs.csv", "--bootstrap", "100000"]):
    for sig, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        more = ["--predictions", "sig/p"] if args[0] == "evaluate" else []
        p = subprocess.Popen([prog] + args + ["-o", "sig/o"] + more,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.5)
        p.send_signal(sig)
        out, err = p.communicate(timeout=30)
        assert p.returncode == code, (args, sig, p.returncode, err)
        assert b": interrupted: " in err and err.count(b"\n") == 1, err
        assert out == b"" and os.listdir("sig") == [], os.listdir("sig")
PY

# the same bytes whatever the threads
for threads in 1 2 8; do
    n=$threads
    "$prog" fit runs.csv --bootstrap 20 --json --threads $n >fit.$n 2>/dev/null
    "$prog" evaluate runs.csv --seeds 2 --samples 20 --forms all --json \
        --splits all,unseen,batch,length --threads $n --predictions pred.$n \
        >eval.$n 2>err || fail "evaluate: exit $?"
    "$prog" explore --fit "$fit" "${load[@]}" --threads $n >explore.$n
    "$prog" predict --fit "$fit" --rows plain.csv --threads $n >rows.$n
done
for what in fit eval pred explore rows; do
    [ -s $what.1 ] && cmp $what.1 $what.2 && cmp $what.1 $what.8 ||
        fail "$what: threads change bytes"
done
exit $failed
