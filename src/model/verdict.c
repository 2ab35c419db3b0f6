/* SPDX-License-Identifier: Apache-2.0 */
/* Together or apart: which costs less, and where. */
#include <math.h>

#include "model/disaggregate.h"

const char *el_share_name(el_share share)
{
    static const char *const name[EL_N_SHARES] = {
        "prefill", "decode", "transfer", "idle", "facility"};

    return name[share];
}

/* Of the query's scope: the PUE's part apart. */
void el_candidate_shares(const el_candidate *candidate, double out[EL_N_SHARES])
{
    out[EL_SHARE_PREFILL] = candidate->prediction.prefill_energy_j;
    out[EL_SHARE_DECODE] = candidate->prediction.decode_energy_j;
    out[EL_SHARE_TRANSFER] = 0.0;
    out[EL_SHARE_IDLE] = candidate->idle_energy_per_request_j;
    out[EL_SHARE_FACILITY] = candidate->overhead_energy_per_request_j;
}

void el_disaggregated_shares(const el_disaggregated *plan,
                             double out[EL_N_SHARES])
{
    out[EL_SHARE_PREFILL] = plan->prefill.energy_j;
    out[EL_SHARE_DECODE] = plan->decode.energy_j;
    out[EL_SHARE_TRANSFER] = plan->transfer.energy_j;
    out[EL_SHARE_IDLE] = plan->idle_energy_per_request_j;
    out[EL_SHARE_FACILITY] = plan->overhead_energy_per_request_j;
}

/* Where the winner saves most; the facility's part only follows the others. */
static void find_reason(const double *loser, const double *winner,
                        el_verdict *v)
{
    v->by_j = -(double)INFINITY;
    for (el_share s = 0; s < EL_SHARE_FACILITY; s++) {
        double saved = loser[s] - winner[s];
        if (saved > v->by_j) {
            v->by_j = saved;
            v->by = s;
        }
    }
}

bool el_disaggregate_verdict(const el_candidate *aggregated,
                             const el_disaggregated *plan, el_verdict *out)
{
    bool a = plan->found && plan->feasible;
    el_verdict v = {.disaggregate = a, .only = true, .saved = EL_UNKNOWN};
    double both[2][EL_N_SHARES];

    if (!aggregated && !a)
        return false;
    if (aggregated && a) {
        v.only = false;
        v.disaggregate =
            plan->energy_per_request_j < aggregated->energy_per_request_j;
        v.saved = 1.0 - fmin(plan->energy_per_request_j,
                             aggregated->energy_per_request_j) /
                            fmax(plan->energy_per_request_j,
                                 aggregated->energy_per_request_j);
        el_candidate_shares(aggregated, both[v.disaggregate ? 0 : 1]);
        el_disaggregated_shares(plan, both[v.disaggregate ? 1 : 0]);
        find_reason(both[0], both[1], &v);
    }
    *out = v;
    return true;
}
