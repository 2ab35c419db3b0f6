/* SPDX-License-Identifier: Apache-2.0 */
/* One replica in numbers: its arrays, and what is read between their knots. */
#include "model/replica.h"

#include <string.h>

#include "base/mem.h"

el_status el_replica_make(size_t batch, size_t n_knot, el_replica *out,
                          el_error *err)
{
    el_replica r = {.batch = batch, .n_knot = n_knot};

    r.step_s = el_array(4 * batch, sizeof *r.step_s);
    r.knot_tokens = el_array(3 * n_knot, sizeof *r.knot_tokens);
    if (!r.step_s || !r.knot_tokens) {
        el_replica_clear(&r);
        return el_fail(err, EL_E_NOMEM, "replica: a batch of %zu", batch);
    }
    r.context_s = r.step_s + batch;
    r.step_j = r.step_s + 2 * batch;
    r.context_j = r.step_s + 3 * batch;
    r.pass_s = r.knot_tokens + n_knot;
    r.pass_j = r.knot_tokens + 2 * n_knot;
    *out = r;
    return EL_OK;
}

void el_replica_clear(el_replica *replica)
{
    el_free(replica->knot_tokens);
    el_free(replica->step_s);
    memset(replica, 0, sizeof *replica);
}

double el_replica_pass(const el_replica *replica, const double *value,
                       double tokens)
{
    const double *x = replica->knot_tokens;
    size_t lo = 0, hi = replica->n_knot - 1;
    double part;

    if (tokens <= x[0])
        return value[0];
    if (tokens >= x[hi])
        return value[hi] * tokens / x[hi];
    while (hi - lo > 1) {
        size_t mid = (lo + hi) / 2;
        if (tokens < x[mid])
            hi = mid;
        else
            lo = mid;
    }
    part = (tokens - x[lo]) / (x[hi] - x[lo]);
    return value[lo] + part * (value[hi] - value[lo]);
}

double el_replica_work_s(const el_replica *replica, double isl, double osl)
{
    size_t k = replica->batch - 1;
    double b = (double)replica->batch;

    return el_replica_pass(replica, replica->pass_s, isl) +
           (osl - 1.0) * (replica->step_s[k] / b +
                          replica->context_s[k] * (isl + osl / 2.0));
}
