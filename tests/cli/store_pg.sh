#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests of the store again, on a PostgreSQL server of their own: on a socket
# in an empty folder, gone when this ends. $1 = program, $2 = source folder
prog=$(realpath "$1")
source=$(realpath "$2")
build=$(dirname "$prog")
bin=$(find /usr/lib/postgresql/*/bin -name initdb -printf '%h\n' 2>/dev/null |
    sort -V | tail -1)
[ -n "$bin" ] && [ -x "$build/test_store" ] || exit 77
dir=$(mktemp -d /tmp/el_pg.XXXXXX) || exit 1
server=
trap '[ -z "$server" ] || { kill -INT "$server"; wait "$server"; } 2>/dev/null
    rm -rf "$dir"' EXIT

# PostgreSQL does not run as root; the server ends with this script, also when
# that is killed
as=(setpriv --pdeathsig=INT)
if [ "$(id -u)" -eq 0 ]; then
    id postgres >/dev/null 2>&1 || exit 77
    chown postgres "$dir"
    as+=(--reuid=postgres --regid=postgres --clear-groups)
fi
cd "$dir" || exit 1
"${as[@]}" "$bin/initdb" -D data -U store -A trust -E UTF8 --locale=C --no-sync \
    >log 2>&1 || { cat log; exit 1; }
"${as[@]}" "$bin/postgres" -D data -k "$dir" -h '' -c fsync=off >log 2>&1 &
server=$!
for _ in $(seq 100); do
    "$bin/pg_isready" -q -h "$dir" && break
    kill -0 $server 2>/dev/null || break
    sleep 0.1
done
"$bin/pg_isready" -q -h "$dir" || { cat log; exit 1; }
sql() { "$bin/psql" -h "$dir" -U store -qAtc "$1" "${2:-postgres}"; }

failed=0
export EL_TEST_STORE="postgresql://store:s3cret@/postgres?host=$dir"
for test in test_store test_store_merge; do
    "$build/$test" >out 2>&1 || {
        cat out
        failed=1
    }
done
sql 'DROP SCHEMA energylens CASCADE' >/dev/null 2>&1
bash "$source/tests/cli/store.sh" "$prog" "$source" || failed=1

# what only a server can do
fail() {
    echo "FAIL: $*"
    cat err
    failed=1
}
expect() {
    local want=$1
    shift
    "$prog" "$@" >out 2>err </dev/null
    [ $? -eq "$want" ] || fail "energylens $*: not exit $want"
}
# a reader that may not write, a stranger, a schema of another program
sql 'CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA energylens TO reader;
    GRANT SELECT ON ALL TABLES IN SCHEMA energylens TO reader;
    CREATE ROLE stranger LOGIN'
sql 'CREATE DATABASE other'
sql 'CREATE DATABASE twice'
expect 0 store merge from.db "$EL_TEST_STORE"
expect 0 store check "postgresql://reader@/postgres?host=$dir"
expect 0 store export "postgresql://reader@/postgres?host=$dir" -o r.csv
[ "$(wc -l <r.csv)" -gt 1 ] || fail "a reader reads nothing"
expect 4 store merge "postgresql://reader@/postgres?host=$dir" from.db
expect 4 store ls "postgresql://stranger@/postgres?host=$dir"
grep -q "permission denied" err || fail "a stranger is not told why"
expect 3 store ls "postgresql://store@/other?host=$dir"
grep -q "no store: empty" err || fail "an empty database"
sql 'CREATE SCHEMA energylens; CREATE TABLE energylens.run(x int)' other
for action in ls migrate; do
    expect 3 store $action "postgresql://store@/other?host=$dir"
    grep -q "is another's" err || fail "a foreign schema"
done
expect 4 store ls "postgresql://store@/nowhere?host=$dir"
[ "$(wc -l <err)" -eq 1 ] || fail "more than one line"
# two that merge at once: every run is there once
pids=
for i in 1 2 3; do
    "$prog" store merge "postgresql://store@/twice?host=$dir" from.db >out$i 2>err$i &
    pids="$pids $!"
done
for pid in $pids; do wait "$pid" || fail "a merge beside others: $(cat err?)"; done
new=$(($(sed 's/.*, \([0-9]*\) new/+ \1/' out?)))
rows=$(sql 'SELECT count(*) FROM energylens.run' twice)
[ "$rows-$new" = 6-6 ] ||
    fail "three merges of 6 runs at once: $rows there, $new new"
expect 0 store check "postgresql://store@/twice?host=$dir"

# a campaign straight into the server, which drops the connection in its middle
{
    echo model,gpu,tp,batch_size,input_tokens,output_tokens
    for batch in 1 2 3 4; do echo "m,h100,1,$batch,16,4"; done
} >plan.csv
"$prog" profile plan.csv --store "$EL_TEST_STORE" --meter none --window 400ms \
    --allow-short --repeats 1 --confidence 0 \
    --engine-cmd "'$build/fake_openai' --port {port} --itl 0.001" >out 2>err </dev/null &
pid=$!
for _ in $(seq 200); do grep -q ' of 4' err && break || sleep 0.02; done
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" >/dev/null
wait $pid || fail "profile: $?"
grep -q '^4 done; campaign plan of postgresql://store@' out || fail "the campaign: $(cat out)"
grep -q s3cret out err && fail "the password was shown"
exit $failed
