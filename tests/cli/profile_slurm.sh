#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A plan as an array job, on a double of Slurm: a task for each row, one is cut
# off and goes on, the stores end up in one.
# $1 = program, $2 = source folder
source=$(realpath "$2")
# shellcheck source=../support/cli.sh
. "$2/tests/support/cli.sh"
# shellcheck source=../support/campaign.sh
. "$2/tests/support/campaign.sh"
verb=profile
export FAKE_SLURM=$PWD/slurm FAKE_SLURM_CUT=3:1.2
PATH=$source/tests/support/slurm:$PATH
mkdir slurm
plan p.csv "1 2 16 4" "1 3 16 4" "2 2 16 4" "2 4 16 4"

expect 0 p.csv --slurm job.sh --store runs.db --row 1,3,4 --sbatch=--partition=gpu \
    --campaign test --window 50ms --allow-short --idle 0s --repeats 3 --confidence 0 \
    --split none --engine-cmd "'$fake' --port {port} --ttft 0.002 --itl 0.001"
out_has 'an array of 3 tasks'
sh -n job.sh || fail "not a script"
grep -q '^#SBATCH --array=1,3-4$' job.sh || fail "array"
grep -q '^#SBATCH --partition=gpu$' job.sh || fail "option"
[ -e runs.db ] && fail "something was measured"

sh job.sh >out 2>err || fail "cannot be submitted"
out_has 'submitted 4000'
is "jobs" "$(ls slurm)" "job-4000
job-4001"
sh job.sh >out 2>err && fail "submitted twice"
err_has 'in the queue already'

slurmd || fail "the merge does not wait"
is "codes" "$(cut -d' ' -f1 slurm/job-4000/codes | tr '\n' ' ')" "1 3 3 4 "
cat slurm/job-*/out-* >err
[ "$(cat slurm/job-4001/codes)" = "0 0" ] || fail "merge: $(cat slurm/job-4001/out-0)"
is "runs" "$(sql runs.db "SELECT c.tp, c.batch_size, count(*) FROM run r
    JOIN configuration c ON c.id = r.configuration_id WHERE state = 'complete'
    GROUP BY 1, 2 ORDER BY 1, 2" | tr '\n' ' ')" "1.0|2.0|3 2.0|2.0|3 2.0|4.0|3 "
is "campaigns" "$(sql runs.db "SELECT count(*) FROM campaign")" 1
nobody_left

# all done: again is the same
sh job.sh >out 2>err && slurmd || fail "again"
is "runs" "$(sql runs.db "SELECT count(*) FROM run")" 9
expect 2 p.csv --slurm x.sh --store postgresql://x --engine-url http://x --row 1
exit $failed
