# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# For tests/cli/*.sh that stay in the source folder: $program, $tmp, check,
# exits. Ends with `exit $failed`.
set -u
program=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

check() { # what, $? of the condition just evaluated
    if [ "$2" -ne 0 ]; then
        echo "FAILED: $1"
        failed=1
    fi
}

exits() { # code, arguments...
    local want=$1
    shift
    "$program" "$@" >"$tmp/out" 2>"$tmp/err"
    local got=$?
    [ "$got" -eq "$want" ]
    check "energylens $* exits $got, want $want: $(head -1 "$tmp/err")" $?
}
