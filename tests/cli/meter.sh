#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The energy of commands, on doubles of NVML, RAPL and an exporter that are
# read the way the real ones are.
# $1 = program, $2 = source folder
source=$(realpath "$2")
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
export EL_NVML_PATH
EL_NVML_PATH=$(dirname "$prog")/fake_nvml.so
[ -r "$EL_NVML_PATH" ] || exit 77
unset CUDA_VISIBLE_DEVICES
verb=meter
short="--allow-short --idle 0s"

# value KEY: of the result in out; device N KEY: of one device
value() { python3 -c "import json; print(json.load(open('out'))['result']['$1'])"; }
device() { python3 -c "import json; print(json.load(open('out'))['result']['devices'][$1]['$2'])"; }
near() { # what, value, wanted, relative limit
    python3 -c "import sys; sys.exit(not abs($2 - $3) <= $4 * abs($3))" ||
        fail "$1 is $2, want $3"
}
has() { case $2 in *"$3"*) ;; *) fail "$1 \"$2\" lacks $3" ;; esac; }

# two GPUs of constant power: 300 W and the time is all there is to know
export FAKE_NVML=gpus=2,idle=300
expect 0 --idle 1s --json -- sleep 3.1
for i in 0 1; do
    near "energy of GPU $i" "$(device $i energy_j)" "300 * $(value time_s)" 0.002
    near "idle power" "$(device $i idle_before_w)" 300 0.01
    [ "$(device $i source)" = counter ] || fail "not by the counter"
    [ "$(device $i flags)" = "[]" ] || fail "flags: $(device $i flags)"
done
near "energy of both" "$(value energy_j)" "600 * $(value time_s)" 0.002
near "above idle" "1 + $(value energy_above_idle_j) / $(value energy_j)" 1 0.01
[ "$(value partial)" = False ] || fail partial
out_has '"schema": "energylens.meter"'
expect 0 $short --gpus GPU-00000001 -- sleep 0.3
out_has '^1 NVIDIA H100' && out_has 'short window'
grep -q '^0 NVIDIA' out && fail "GPU 0 was not asked for"

# by polled power where there is no counter
FAKE_NVML=no_energy=1 expect 0 $short --json -- sleep 0.3
[ "$(device 0 source)" = power ] || fail "source is $(device 0 source)"
near power "$(device 0 energy_j)" "300 * $(value time_s)" 1e-6

# never 0 J: what cannot be told is an error
FAKE_NVML=no_energy=1,no_power=1 expect 4 $short -- sleep 0.1
err_has 'neither energy nor power'
[ -s out ] && fail "a result without a meter"
FAKE_NVML=fail_init=9 expect 4 $short -- sleep 0.1
err_has 'Driver Not Loaded'
EL_NVML_PATH=/nonexistent expect 4 --meter nvml $short -- true
err_has 'not there'

# less than 3 s
expect 3 --idle 0s -- sleep 0.1
err_has '--allow-short'
[ -s out ] && fail "a result that was refused"

# a GPU falls off the bus: what was measured is printed and marked
FAKE_NVML=gpus=2,lost=0.8 expect 4 $short --json -- sleep 1.2
[ "$(value partial)" = True ] || fail "not partial"
has flags "$(device 0 flags)" partial
[ "$(device 0 lost)" = True ] || fail "not lost"
[ "$(device 1 lost)" = False ] || fail "GPU 1 is lost as well"
near "GPU 1" "$(device 1 energy_j)" "300 * $(value time_s)" 0.02

# what speaks against a number
FAKE_NVML=skew=1.4,users=2,throttle=0x24 expect 0 $short --json -- sleep 0.8
for flag in short_window counter_disagrees_with_power other_processes \
    throttled_power throttled_heat; do
    has flags "$(device 0 flags)" $flag
done
FAKE_NVML=drop=0.6,no_power=1 expect 4 $short --json -- sleep 0.8
has flags "$(device 0 flags)" counter_fell
FAKE_NVML=flaky=9,no_power=1 expect 0 $short --json -- sleep 0.8
[ "$(device 0 readings_failed)" -gt 0 ] || fail "no reading failed"

# partitions
FAKE_NVML=mig=1 expect 4 $short -- sleep 0.1
err_has 'cannot be attributed'
FAKE_NVML=mig=1 expect 0 $short --gpus 0 -- sleep 0.3
out_has 'whole board'
CUDA_VISIBLE_DEVICES=MIG-1 expect 4 $short -- sleep 0.1

# the command: its exit code, its streams, its arguments as they are
expect 7 $short -- sh -c 'exit 7'
expect 7 --idle 0s -- sh -c 'exit 7'
expect 143 $short -- sh -c 'kill -TERM $$'
expect 4 $short -- ./nonexistent
err_has 'cannot run ./nonexistent: No such file'
expect 2 --gpus 5 -- true
expect 2 --meter nvml
err_has 'missing argument'
expect 2 --interval 0s -- true
expect 2 --meter abc -- true
expect 0 $short --json -- printf '%s\n' 'a b' '$HOME;*'
err_has '^a b$' && err_has '^\$HOME;\*$'
[ "$(value command)" = "['printf', '%s\\\\n', 'a b', '\$HOME;*']" ] ||
    fail "command is $(value command)"
expect 0 $short -o result.csv --format csv -- echo mine
[ "$(cat out)" = mine ] || fail "stdout of the command"
head -1 result.csv | grep -q '^index,id,name,time_s,energy_j' || fail "CSV"
[ "$(wc -l <result.csv)" = 3 ] || fail "rows of the CSV"

# a signal is passed on; what was measured is printed
"$prog" meter $short --json -- sh -c 'trap "exit 9" TERM; echo up >up
    for i in $(seq 200); do sleep 0.05; done' >out 2>err </dev/null &
pid=$!
for _ in $(seq 200); do [ -e up ] && break || sleep 0.05; done
sleep 0.5
kill -TERM $pid # bash starts what is behind & with SIGINT ignored
wait $pid
got=$?
[ "$got" = 143 ] || fail "interrupted: exit $got"
[ "$(value exit_code)" = 9 ] || fail "the command did not get the signal"

# readings kept and played back
expect 0 $short --samples samples.csv -- sleep 0.3
head -1 samples.csv | grep -q '^time_s,device,power_w,energy_j' || fail samples
expect 0 --meter replay:samples.csv $short --gpus GPU-00000000 -- sleep 0.1
expect 4 --meter replay:samples.csv $short -- sleep 5
out_has PARTIAL && out_has 'recording ends'
expect 3 --meter replay:result.csv -- true
expect 4 --meter replay:absent.csv -- true

# RAPL: 50 W in steps of 10 ms, the counter starts over in the middle
zone=powercap/intel-rapl:0
mkdir -p $zone
echo package-0 >$zone/name
echo 60000000 >$zone/max_energy_range_uj
echo 0 >$zone/energy_uj
python3 - $zone/energy_uj <<'END' &
import os, sys, time
fd = os.open(sys.argv[1], os.O_WRONLY)
begin = time.monotonic()
while time.monotonic() < begin + 30:
    uj = int(50e6 * (time.monotonic() - begin) + 40e6) % 60000000
    os.pwrite(fd, b"%d\n" % uj, 0)
    time.sleep(0.005)
END
writer=$!
for _ in $(seq 400); do [ "$(cat $zone/energy_uj)" != 0 ] && break || sleep 0.05; done
EL_POWERCAP_PATH=powercap expect 0 --meter rapl $short --json -- sleep 1.5
kill $writer
wait $writer 2>/dev/null
# a busy machine delays the writer; a wrap missed or a wrong unit is 60 J or more
near "RAPL" "$(device 0 energy_j)" "50 * $(value time_s)" 0.15
[ "$(device 0 source)" = counter ] || fail "RAPL is a counter"
EL_POWERCAP_PATH=/nonexistent expect 4 --meter rapl -- true

# an exporter's page
serve() { # mode
    rm -f url
    python3 "$source/tests/support/fake_dcgm.py" url "$1" &
    server=$!
    for _ in $(seq 200); do [ -e url ] && break || sleep 0.05; done
}
stop() {
    kill $server
    wait $server 2>/dev/null
}
serve ""
expect 0 --meter "dcgm:$(cat url)" $short --json -- sleep 1.5
near "GPU 0 by the page" "$(device 0 energy_j)" "250 * $(value time_s)" 0.1
near "GPU 1 by the page" "$(device 1 energy_j)" "100 * $(value time_s)" 0.1
stop
serve mig
expect 0 --meter "dcgm:$(cat url)" --gpus 0,1 $short --json -- sleep 1
near "the board, once" "$(value energy_j)" "350 * $(value time_s)" 0.1
has flags "$(device 0 flags)" whole_board
expect 4 --meter "dcgm:$(cat url)" $short -- sleep 1
stop
serve empty
expect 4 --meter "dcgm:$(cat url)" $short -- true
err_has 'no metric'
stop
serve vanish
expect 4 --meter "dcgm:$(cat url)" $short --json -- sleep 2.5
has flags "$(device 1 flags)" partial
stop
expect 4 --meter "dcgm:$(cat url)" $short -- true # nobody answers
expect 4 --meter dcgm:file:///etc/passwd $short -- true

# doctor
verb=
FAKE_NVML=gpus=2 expect 0 doctor
out_has 'nvml .*can measure' && out_has 'GPU-00000001-fake: energy counter, power'
FAKE_NVML=mig=1 expect 0 doctor && out_has 'cannot attribute'
FAKE_NVML=no_energy=1,no_power=1 expect 0 doctor && out_has 'cannot be measured'
EL_NVML_PATH=/nonexistent expect 0 doctor
out_has 'nvml .*not here .*/nonexistent is not there'
expect 0 doctor --json
out_has '"meters"'
exit $failed
