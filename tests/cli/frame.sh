#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program as a black box: exit codes, streams, settings, output.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
err_is() { [ "$(cat err)" = "$1" ] || fail "stderr is not \"$1\""; }
out_empty() { [ ! -s out ] || fail "stdout is not empty"; }
err_empty() { [ ! -s err ] || fail "stderr is not empty"; }

# help goes to stdout and is no failure
for args in --help -h help "help version" "version --help" "version -h" \
    "version --nonsense --help"; do
    expect 0 $args
    out_has Usage: && err_empty
done
expect 0 --version
[ "$(cat out)" = "$(printf 'energylens %s' "$(sed 's/.* //' out)")" ] ||
    fail "--version"
expect 0 version
out_has '^energylens [0-9]*\.[0-9]*\.[0-9]*$'
expect 0 version --json
out_has '"schema": "energylens.version"' && out_has '"version": 1'
expect 0 doctor --json
out_has '"cores"'

# usage errors: one line and a hint, nothing on stdout
expect 2
out_empty && err_is "energylens: no verb given
try 'energylens --help'"
expect 2 verson
out_empty && err_is "energylens: unknown verb verson, did you mean version?
try 'energylens --help'"
expect 2 version --jsn
out_empty && err_is "energylens version: unknown option --jsn, did you mean --json?
try 'energylens version --help'"
expect 2 version extra
err_is "energylens version: unexpected argument \"extra\"
try 'energylens version --help'"
expect 2 version --seed -1
expect 2 version --seed
expect 2 version --json=yes
expect 2 version --color sometimes

# help keeps to the width of the terminal
for width in 40 60 80 100; do
    COLUMNS=$width "$prog" version --help >out
    long=$(awk -v w=$width 'length > w' out)
    [ -z "$long" ] || fail "help wider than $width: $long"
done

# output: to a file whole or not at all; a full disk is exit 4
expect 0 version -ofile.txt
out_empty && grep -q energylens file.txt || fail "-oFILE"
expect 0 version --out=file2.txt && cmp -s file.txt file2.txt || fail "--out"
expect 0 version -o - && out_has energylens
expect 4 version -o no/such/folder/x
out_empty
[ "$(wc -l <err)" = 1 ] || fail "more than one line on stderr"
mkdir readonly && chmod 555 readonly
if ! touch readonly/probe 2>/dev/null; then # root may write anywhere
    expect 4 version -o readonly/x
fi
if [ -w /dev/full ]; then
    "$prog" version >/dev/full 2>err
    [ $? -eq 4 ] || fail "full disk"
    [ "$(wc -l <err)" = 1 ] || fail "full disk: not one line"
    "$prog" --help >/dev/full 2>/dev/null
    [ $? -eq 4 ] || fail "full disk for help"
fi

# a reader that goes away: killed quietly; SIGPIPE ignored: one line, exit 4
{ "$prog" man; echo $? >code; } 2>err | true
case $(cat code) in 0 | 141) ;; *) fail "closed pipe: $(cat code)" ;; esac
err_empty
(trap '' PIPE; { sleep 0.2; "$prog" man; echo $? >code; } 2>err | true)
[ "$(cat code)" = 4 ] || fail "closed pipe with SIGPIPE ignored: $(cat code)"

# colour: never in a pipe, always when told, never under NO_COLOR by itself
expect 0 doctor
! grep -q $'\033' out || fail "colour in a pipe"
expect 0 doctor --color always && out_has $'\033'
expect 0 doctor --color never
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
    TERM=xterm script -qec "'$prog' doctor" /dev/null >out </dev/null
    out_has $'\033'
    NO_COLOR=1 TERM=xterm script -qec "'$prog' doctor" /dev/null >out </dev/null
    ! grep -q $'\033' out || fail "NO_COLOR"
    NO_COLOR='' TERM=xterm script -qec "'$prog' doctor" /dev/null >out </dev/null
    out_has $'\033'
    TERM=dumb script -qec "'$prog' doctor" /dev/null >out </dev/null
    ! grep -q $'\033' out || fail "TERM=dumb"
fi

# environment under flag; the seed shows in the envelope
ENERGYLENS_SEED=7 "$prog" version --json >out
out_has '"seed": 7'
ENERGYLENS_SEED=7 "$prog" version --json --seed 8 >out
out_has '"seed": 8'
ENERGYLENS_SEED=x "$prog" version >out 2>err
[ $? -eq 2 ] || fail "bad environment"
out_empty
ENERGYLENS_JSON=1 "$prog" version >out && out_has schema
ENERGYLENS_JSON=1 "$prog" version --no-json >out && out_has '^energylens'

# a broken project file stops no help and no version
echo '{"schema":' >energylens.json
expect 0 version
expect 0 doctor --help

exit $failed
