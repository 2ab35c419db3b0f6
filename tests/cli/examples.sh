#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every example of every --help and every command of the README runs as it is
# printed, from the root of the repository. Those that read measurements are
# left out where ../shared is absent.
# $1 = program, $2 = source folder
prog=$(realpath "$1")
source=$(realpath "$2")
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
unset NO_COLOR ${!ENERGYLENS_@}
failed=0
n=0

# A root that looks like the repository but may be written to.
mkdir "$dir/root" "$dir/bin"
ln -s "$source"/* "$dir/root/"
ln -s "$prog" "$dir/bin/energylens"
[ -d "$source/../shared" ] && ln -s "$source/../shared" "$dir/shared"
cd "$dir/root" || exit 1
PATH=$dir/bin:$PATH

# printed FILE MARK: the commands in FILE that start with MARK, each with its
# continuations, one a line
printed() {
    awk -v mark="$2" '
        index($0, mark "energylens ") == 1 { text = substr($0, length(mark) + 1) }
        text != "" && index($0, mark "energylens ") != 1 {
            sub(/^ +/, ""); text = text $0
        }
        text != "" && !sub(/\\$/, "", text) { print text; text = "" }' "$1"
}

try() { # where, command
    case $2 in *../shared/*) [ -d ../shared ] || return ;; esac
    n=$((n + 1))
    bash -c "$2" >"$dir/out" 2>"$dir/err" </dev/null
    local got=$?
    if [ $got -ne 0 ]; then
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
all README.md README.md "$ "
echo "$n commands"
[ "$n" -ge 8 ] || failed=1
exit $failed
