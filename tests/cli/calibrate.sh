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

# the links at work: slower ones than built in take longer, and are marked
verb=explain
big="--model llama-3.1-70b --gpu h100-sxm5-80gb --tp 4 --batch 32"
comm_s() { # seconds that collectives of a prompt take
    sed -n 's/.*"communication_time_s": \([0-9.e-]*\).*/\1/p' "$1" | head -1
}
expect 0 $big --phase prefill --json
cp out built_in
expect 0 $big --phase prefill --links links.json --json
awk -v a="$(comm_s built_in)" -v b="$(comm_s out)" \
    'BEGIN { exit !(b > 1.5 * a && b < 5 * a) }' ||
    fail "collectives take $(comm_s out) s, built in $(comm_s built_in) s"
expect 0 $big --phase decode --links links.json
out_has "> all-reduce \*"
out_has "^\* *time measured"
expect 0 $big --phase decode
grep -q "all-reduce \*" out && fail "marked although nothing was measured"
expect 3 --model llama-3.1-70b --gpu a100-sxm4-80gb --tp 4 --links links.json
err_has "links.json: measured on h100-sxm5-80gb, not on a100-sxm4-80gb"
one_line
expect 4 $big --links nowhere.json
sed 's/"gpus": 4/"gpus": "four"/' links.json >bad.json
expect 3 $big --links bad.json
err_has "bad.json: result.collectives\[0\].gpus: not a number"
sed 's/"version": 1/"version": 2/' links.json >newer.json
expect 3 $big --links newer.json
err_has "version 2 is newer than 1"

# measured kernels: QKV of a step of 32 is 32 x 2560 x 8192
cat >gemm.csv <<'END'
gemm_dtype,m,n,k,latency_ms
bfloat16,16,2560,8192,0.1
bfloat16,32,2560,8192,0.1
bfloat16,64,2560,8192,0.1
bfloat16,64,65536,65536,0.001
END
expect 0 $big --phase decode --kernel-table gemm.csv
out_has "QKV \* .* 8.00 "
out_has "^\* *time measured"
err_has "gemm.csv: 1 rows are faster than the peak"
grep -q "Head \*" out && fail "a shape far from the table is marked"
expect 0 $big --phase decode --kernel-table gemm.csv --json
out_has '"measured": true'
sed 's/2560,8192,0.1/2560,8192,ten/' gemm.csv >bad.csv
expect 3 $big --kernel-table bad.csv
err_has 'bad.csv:2: latency_ms: not a number: "ten"'
one_line
expect 3 $big --kernel-table links.json
expect 4 $big --kernel-table nowhere.csv

# the same files in predict, optimize and explore
verb=predict
ask="--model llama-3.1-70b --gpu h100-sxm5-80gb --tp 4 --batch 32 --isl 1024 --osl 256"
joules() {
    sed -n 's/.*"energy_per_request_j": \([0-9.e+-]*\).*/\1/p' "$1" | head -1
}
expect 0 $ask --json
cp out built_in
expect 0 $ask --links links.json --json
awk -v a="$(joules built_in)" -v b="$(joules out)" \
    'BEGIN { exit !(b > 1.02 * a && b < 2 * a) }' ||
    fail "slower links: $(joules out) J, built in $(joules built_in) J"
out_has "analytic model with measured links"
expect 0 $ask --links links.json --kernel-table gemm.csv
out_has "measured links and kernels"
expect 3 --model llama-3.1-70b --gpu h100-sxm5-80gb,a100-sxm4-80gb --tp 4 \
    --osl 256 --links links.json
err_has "measured on h100-sxm5-80gb, not on a100-sxm4-80gb"
one_line
echo "model,gpu,tp,batch_size,input_tokens,output_tokens
llama-3.1-70b,h100-sxm5-80gb,4,32,1024,256" >rows.csv
expect 0 --rows rows.csv --links links.json
out_has "measured links"
expect 2 --rows rows.csv --kernel-table gemm.csv
err_has "of which GPU"
expect 0 --rows rows.csv --links links.json --kernel-table gemm.csv
echo "llama-3.1-70b,a100-sxm4-80gb,4,32,1024,256" >>rows.csv
expect 3 --rows rows.csv --links links.json
err_has "measured on h100-sxm5-80gb, not on a100-sxm4-80gb"
for verb in optimize explore; do
    ask="--model llama-3.1-70b --gpu h100-sxm5-80gb --isl 1024 --osl 256 --tp 4 --batch 32"
    expect 0 $ask --json
    cp out built_in
    expect 0 $ask --json --links links.json
    cmp -s out built_in && fail "$verb --links changes nothing"
    out_has "measured links"
    expect 0 $ask --kernel-table gemm.csv --links links.json
    expect 3 ${ask/h100-sxm5-80gb/a100-sxm4-80gb} --links links.json
    err_has "measured on h100-sxm5-80gb, not on a100-sxm4-80gb"
    expect 2 $ask --links links.json \
        --fit "$2/data/fits/h100-sxm5-80gb.fit.json"
    err_has "leave out --fit"
done
exit $failed
