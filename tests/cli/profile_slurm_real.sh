#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The job script of profile --slurm on a real Slurm: a controller and a node of
# our own, without munge. Skips (77) where Slurm is not installed or not allowed.
# $1 = program, $2 = source folder
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
# shellcheck source=../support/campaign.sh
. "$2/tests/support/campaign.sh"
command -v slurmctld >/dev/null && command -v slurmd >/dev/null || exit 77
[ "$(id -u)" -eq 0 ] || exit 77
daemons=
stop() {
    # shellcheck disable=SC2086
    [ -z "$daemons" ] || kill $daemons 2>/dev/null
    wait 2>/dev/null
    rm -rf "$dir"
}
trap stop EXIT

ports=$(python3 -c 'import socket
s = [socket.socket() for _ in range(2)]
for x in s: x.bind(("", 0))
print(*(x.getsockname()[1] for x in s))')
host=$(hostname -s)
mkdir state spool
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports% *}
SlurmdPort=${ports#* }
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$PWD/state
SlurmdSpoolDir=$PWD/spool
SlurmctldPidFile=$PWD/ctld.pid
SlurmdPidFile=$PWD/d.pid
SlurmctldLogFile=$PWD/ctld.log
SlurmdLogFile=$PWD/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SchedulerParameters=sched_interval=1,batch_sched_delay=0
KillWait=2
ReturnToService=2
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES State=UP
END
export SLURM_CONF=$PWD/slurm.conf
slurmctld -D >/dev/null 2>&1 &
daemons=$!
slurmd -D >/dev/null 2>&1 &
daemons="$daemons $!"
for _ in $(seq 100); do
    [ "$(sinfo -h -o %t 2>/dev/null)" = idle ] && break
    sleep 0.1
done
[ "$(sinfo -h -o %t 2>/dev/null)" = idle ] || {
    echo "Slurm does not start here"
    exit 77
}

verb=profile
plan p.csv "1 2 16 4" "1 3 16 4"
expect 0 p.csv --slurm job.sh --store runs.db --window 50ms --allow-short --idle 0s \
    --repeats 1 --confidence 0 --split none --campaign real \
    --engine-cmd "'$fake' --port {port} --ttft 0.002 --itl 0.001"
sh job.sh >out 2>err || fail "cannot be submitted"
sh job.sh >out 2>err && fail "submitted twice"
for _ in $(seq 600); do
    [ -z "$(squeue -h)" ] && break
    sleep 0.1
done
[ -z "$(squeue -h)" ] || fail "still in the queue: $(squeue)"
cat slurm-*.out >err
is "runs" "$(sql runs.db "SELECT count(*) FROM run WHERE state = 'complete'")" 2
nobody_left
exit $failed
