#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The committed manual page is the one that the tables give, and is clean; so
# are the pages of the verbs and what shells complete.
# $1 = program, $2 = source folder
program=$1
page="$2/docs/man/energylens.1"
cd / || exit 1
if ! diff -u "$page" <("$program" man); then
    echo "run: energylens man > docs/man/energylens.1"
    exit 1
fi
if command -v mandoc >/dev/null; then
    mandoc -Tlint "$page" || exit 1
fi

fail() { echo "$*"; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# shellcheck source=/dev/null
source <("$program" man --completion bash)
# complete WORD...: what bash offers for the last one, in COMPREPLY
complete_words() {
    COMP_WORDS=(energylens "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _energylens energylens "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}
# expect WORDS REPLY: the reply that WORDS get
expect() {
    # shellcheck disable=SC2086
    complete_words $1 ${3+"$3"}
    [ "${COMPREPLY[*]}" = "$2" ] || fail "$1: completed by ${COMPREPLY[*]}"
}
expect pred predict
expect 'predict --tensor' --tensor-parallel-size
expect 'predict --scope n' node
expect 'predict --scope' 'gpus node facility' ''
expect 'predict --fit' '' ''
complete_words ''
[ "${#COMPREPLY[@]}" -ge 14 ] || fail "verbs: ${COMPREPLY[*]}"
for verb in "${COMPREPLY[@]}"; do
    "$program" man "$verb" >"$folder/$verb.1" || fail "$verb: no page"
    grep -q "^.Dt ENERGYLENS-${verb^^} 1" "$folder/$verb.1" || fail "$verb: title"
    command -v mandoc >/dev/null || continue
    out=$(mandoc -Tlint -W warning "$folder/$verb.1") || fail "$out"
    # every option of --help has its entry
    mandoc -Tascii "$folder/$verb.1" | sed 's/.\x08//g' | tr -d '\n ' >"$folder/text"
    for option in $("$program" "$verb" --help | grep -oE '^  (-., )?--[a-z0-9-]+' |
        grep -oE -e '--[a-z0-9-]+'); do
        grep -qF -e "$option" "$folder/text" || fail "$verb: no $option"
    done
    complete_words "$verb" --
    for option in $("$program" "$verb" --help | grep -oE '^  (-., )?--[a-z0-9-]+' |
        grep -oE -e '--[a-z0-9-]+'); do
        [[ " ${COMPREPLY[*]} " = *" $option "* ]] || fail "$verb: $option not offered"
    done
done
"$program" man nonsense 2>/dev/null && fail 'a page for no verb'
for shell in zsh fish; do
    "$program" man --completion "$shell" >"$folder/$shell"
    ! command -v "$shell" >/dev/null || "$shell" -n "$folder/$shell" || fail "$shell"
done
if command -v fish >/dev/null; then
    out=$(HOME=$folder fish -c "source $folder/fish; complete -C 'energylens predict --scope n'")
    [ "${out%%$'\t'*}" = node ] || fail "fish: $out"
fi
