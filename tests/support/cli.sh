# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# For tests/cli/*.sh: `. "$2/tests/support/cli.sh"`, then `verb=...`. Works in
# an empty folder; ends with `exit $failed`.
prog=$(realpath "$1")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
unset NO_COLOR COLUMNS ${!ENERGYLENS_@}
failed=0
verb=

fail() {
    echo "FAIL: $*"
    echo "  stdout: $(head -c 500 out)"
    echo "  stderr: $(head -c 300 err)"
    failed=1
}
# expect CODE args...: runs the verb, keeps its streams in out and err
expect() {
    local want=$1 got
    shift
    "$prog" ${verb:+"$verb"} "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$want" ] ||
        fail "energylens ${verb:+$verb }$*: exit $got, want $want"
}
out_has() { grep -qe "$1" out || fail "stdout lacks \"$1\""; }
err_has() { grep -qe "$1" err || fail "stderr lacks \"$1\""; }
