# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# energylens-mpi finds what energylens finds, in any number of processes.
. "$2/tests/support/cli.sh"

[ -x "$prog-mpi" ] || exit 77 # built where MPI was found
command -v mpirun >/dev/null || exit 77

# A law that neither generators nor a few epochs find exactly: fixed noise.
awk 'BEGIN {
    print "load,size,cost"
    for (i = 0; i < 80; i++) {
        x = 1 + (i * 37 % 80) / 10; y = 1 + (i * 53 % 80) / 20
        noise = 1 + 0.05 * sin(i * i)
        printf "%.6g,%.6g,%.9g\n", x, y, (log(1 + x * y) + x ^ 1.3) * noise
    }
}' >table.csv
ask="discover table.csv --target cost --seed 5 --evaluations 30000 --threads 1"

across() {
    local n=$1
    shift
    OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_vader_single_copy_mechanism=none \
        timeout 250 mpirun --allow-run-as-root --oversubscribe -n "$n" \
        "$prog-mpi" "$@" >out 2>err </dev/null
}

# shellcheck disable=SC2086
expect 0 $ask --front one.csv
[ "$(wc -l <one.csv)" -gt 5 ] || fail "a front of $(wc -l <one.csv) lines"
for n in 1 2 3; do
    # shellcheck disable=SC2086
    across "$n" $ask --front many.csv || fail "mpirun -n $n: exit $?"
    cmp -s one.csv many.csv || fail "another front from $n processes"
done

# So do laws of a given shape, with directions.
shape=(--template 'a*load^n + f(load, size)' --monotone load:+)
# shellcheck disable=SC2086
expect 0 $ask "${shape[@]}" --front one.csv
# shellcheck disable=SC2086
across 2 $ask "${shape[@]}" --front many.csv || fail "a template: exit $?"
cmp -s one.csv many.csv || fail "another front of a template from 2 processes"

# Other verbs, help and errors come once, with rank 0's exit code.
across 2 version || fail "version: exit $?"
[ "$(grep -c '^energylens' out)" -eq 1 ] || fail "version printed twice"
across 2 discover missing.csv
[ $? -ne 0 ] || fail "a missing file is no error"
[ "$(grep -c 'missing.csv' err)" -ge 1 ] || fail "no word on missing.csv"

exit $failed
