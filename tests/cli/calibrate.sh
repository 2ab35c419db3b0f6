#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# calibrate as a black box: text of nccl-tests in, links file out, used by
# explain; bad input. $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
verb=calibrate
one_line() { [ "$(wc -l <err)" -eq 1 ] || fail "not one line of error"; }

# what a node of 4 prints whose links have 10 us and 100 GB/s on the bus
run_of() { # collective program, GPUs, factor of the bus, name of the GPU
    awk -v name="$1" -v n="$2" -v f="$3" -v gpu="$4" 'BEGIN {
        printf "$ ./build/%s -b 1K -e 256M -f 2 -g %d\n", name, n
        print "# nThread 1 nGpus " n " minBytes 1024 maxBytes 268435456"
        print "# Using devices"
        for (i = 0; i < n; i++)
            printf "#  Rank %2d Group  0 Pid 77 on node1 device %2d [0x%02x] %s\n", i, i, i, gpu
        print "#"
        print "#                                out-of-place         in-place"
        print "#  size  count  type redop root  time algbw busbw #wrong  time algbw busbw #wrong"
        print "#   (B) (elements)               (us) (GB/s) (GB/s)        (us) (GB/s) (GB/s)"
        for (s = 1024; s <= 268435456; s *= 2) {
            us = 10 + s * f / 1e5
            a = s / us / 1e3
            printf "%12d %10d float sum -1 %.2f %.2f %.2f 0 %.2f %.2f %.2f 0\n",
                s, s / 4, us, a, a * f, us, a, a * f
        }
        print "# Out of bounds values : 0 OK"
    }'
}
run_of all_reduce_perf 4 1.5 "NVIDIA H100 80GB HBM3" >ar4.txt
run_of all_gather_perf 4 0.75 "NVIDIA H100 80GB HBM3" >ag4.txt

COLUMNS=100 expect 0 comm ar4.txt ag4.txt
out_has "^Links of h100-sxm5-80gb"
out_has "^all_reduce  *4 .*  38  *19 "
out_has "^all_gather  *4 "
out_has "^Rows *76 used"
out_has "measured"
[ -s err ] && fail "stderr is not empty"
awk '$1 == "all_reduce" && ($3 < 9.5 || $3 > 10.5 || $4 < 98 || $4 > 102) {
    bad = 1 } END { exit bad }' out || fail "not 10 us and 100 GB/s"
COLUMNS=80 expect 0 comm ar4.txt
awk 'length($0) > 80 { bad = 1 } END { exit bad }' <(tr -d '\200-\277' <out) ||
    fail "wider than 80 columns"

# the file: on stdout with --json, with -o beside a report for people
expect 0 comm ar4.txt ag4.txt --json
out_has '"schema": "energylens.links"'
out_has '"gpu": "h100-sxm5-80gb"'
cp out first.json
expect 0 comm ar4.txt ag4.txt -o links.json
cmp -s links.json first.json || fail "-o and --json differ"
err_has "Links of h100"
expect 0 comm ar4.txt ag4.txt -o links.json -q
[ -s err ] && fail "-q is not quiet"

# hints where the file is silent, and contradictions
grep -v "Rank\|perf" ar4.txt >bare
expect 3 comm bare
err_has "bare:[0-9]*: neither the file nor its name"
one_line
expect 3 comm bare --collective all_reduce
err_has "gpus how many GPUs"
expect 2 comm bare --collective all_reduce --gpus 4
err_has "gpu: no file says which GPU"
expect 0 comm bare --collective all_reduce --gpus 4 --gpu h100-sxm5-80gb
expect 3 comm bare --collective all_reduce --gpus 8 --gpu h100-sxm5-80gb
err_has "busbw is 1.5 of algbw, but 1.75"
one_line
expect 3 comm ar4.txt --gpus 8
err_has "lists 4 GPUs, --gpus says 8"
expect 3 comm ar4.txt --gpu a100-sxm4-80gb
err_has "measured on h100-sxm5-80gb, but --gpu is a100-sxm4-80gb"
expect 2 comm ar4.txt --collective gossip
expect 2 comm
expect 2 power ar4.txt
err_has "cannot be calibrated"
expect 4 comm nowhere.txt
head -12 ar4.txt >short.txt
expect 3 comm short.txt -o kept.json
err_has "fit needs 4"
[ -e kept.json ] && fail "a file although nothing was fitted"
expect 0 comm ar4.txt short.txt ag4.txt
sed 's/H100 80GB HBM3/Q9000/' ar4.txt >odd.txt
expect 3 comm odd.txt
err_has "no GPU \"NVIDIA Q9000\""
expect 0 comm odd.txt --gpu h100-sxm5-80gb
head -c 1000 /dev/urandom >noise
expect 3 comm noise
one_line
exit $failed
