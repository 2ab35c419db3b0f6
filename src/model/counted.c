/* SPDX-License-Identifier: Apache-2.0 */
#include "model/counted.h"

#include <math.h>

#include "energylens/known.h"

/* value[b - 1] for b that is no whole number, 1 <= b <= n. */
static double at_batch(const double *value, size_t n, double b)
{
    size_t k = (size_t)fmin(floor(b), (double)n) - 1;
    double part = b - (double)(k + 1);

    return k + 1 < n ? value[k] + part * (value[k + 1] - value[k]) : value[k];
}

static double step(const el_replica *r, const double *each,
                   const double *per_token, double b, double context)
{
    return at_batch(each, r->batch, b) +
           at_batch(per_token, r->batch, b) * b * context;
}

static void decode(const el_replica *r, const el_counted *c,
                   el_replica_sum *out)
{
    double b = c->tokens / c->steps;

    if (!(c->tokens > 0.0))
        return;
    if (!el_is_known(b))
        b = c->in_flight;
    b = fmin(fmax(b, 1.0), (double)r->batch);
    out->tokens = c->tokens;
    out->steps = c->tokens / b;
    out->decode_s =
        out->steps * step(r, r->step_s, r->context_s, b, c->context);
    out->decode_j =
        out->steps * step(r, r->step_j, r->context_j, b, c->context);
}

void el_replica_counted(const el_replica *replica, const el_counted *counted,
                        el_replica_sum *out)
{
    double each = counted->prompt_tokens / counted->prompts;
    el_replica_sum sum = {0};

    decode(replica, counted, &sum);
    if (counted->prompts > 0.0) {
        sum.prefill_s =
            counted->prompts * el_replica_pass(replica, replica->pass_s, each);
        sum.prefill_j =
            counted->prompts * el_replica_pass(replica, replica->pass_j, each);
    }
    sum.idle_s = fmax(counted->replica_s - sum.decode_s - sum.prefill_s, 0.0);
    sum.idle_j = sum.idle_s * replica->idle_w;
    *out = sum;
}
