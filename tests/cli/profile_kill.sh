#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at random instants of a campaign: the store is whole after each, no
# complete run is lost or made again, at most the one under way is; then
# --resume finishes, and no engine is left over. The instants differ from run
# to run: EL_SEED repeats them. `make kill-campaign` is the long form.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
# shellcheck source=../support/campaign.sh
. "$2/tests/support/campaign.sh"
kills=${EL_KILLS:-5} runs=${EL_RUNS:-5}
RANDOM=${EL_SEED:-$$}
echo "seed ${EL_SEED:-$$}"

rows=()
for i in $(seq "$runs"); do rows+=("1 2 $((15 + i)) 4"); done
plan plan.csv "${rows[@]}"

# session N: each configuration has an engine of its own, which says so first
session() {
    exec "$prog" profile plan.csv --store runs.db --resume --window 50ms \
        --allow-short --idle 0s --repeats 1 --confidence 0 --split none \
        --engine-cmd "sh -c 'echo {input} >>started.$1; exec \"\$0\" \"\$@\"' \
            '$fake' --port {port} --ttft 0.002 --itl 0.001" \
        >out 2>err </dev/null
}
complete() {
    [ ! -s runs.db ] || sql runs.db "SELECT input_tokens FROM run r
        JOIN configuration c ON c.id = r.configuration_id
        WHERE state = 'complete' ORDER BY 1" 2>/dev/null | sed 's/\.0$//' | sort
}
# look N: after session N; `before` and `after` hold what is complete
look() {
    [ ! -e runs.db ] || "$prog" store check runs.db >out 2>err ||
        fail "the store is damaged after session $1"
    complete >after
    [ "$(sort -u after | wc -l)" -eq "$(wc -l <after)" ] || fail "a run twice"
    [ -z "$(comm -23 before after)" ] || fail "a complete run was lost"
    sort -u "started.$1" >started 2>/dev/null || : >started
    [ -z "$(comm -12 started before)" ] || fail "a complete run was made again"
    [ "$(comm -23 started after | wc -l)" -le 1 ] || fail "more than one was lost"
    cp after before
}

: >before
killed=0
for k in $(seq "$kills"); do
    session "$k" &
    pid=$!
    sleep "$(printf '%d.%03d' $((RANDOM % 2)) $((RANDOM % 1000)))"
    kill -9 $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null
    nobody_left
    look "$k"
done
[ "$killed" -gt 0 ] || fail "nothing was killed"
(session last) || fail "--resume does not finish: exit $?"
look last
is "complete runs" "$(wc -l <after)" "$runs"
nobody_left
echo "$killed kills, $(wc -l <after) runs"
exit $failed
