/* SPDX-License-Identifier: Apache-2.0 */
#include "model/kernel_place.h"

#include <math.h>

#include "model/kernel_part.h"

#define MAX_QUERY 8.0 /* tokens: more are a prompt; as kernel_attention.c */

enum { GEMM = 1, DECODE, PREFILL, MOE }; /* key[0] */

static bool gemm_place(const el_op *op, el_kernel_place *out)
{
    if (!(op->m > 0.0 && op->n > 0.0 && op->k > 0.0) || op->batch > 1.0)
        return false;
    *out = (el_kernel_place){.key = {GEMM, op->weight_bits},
                             .u = {log(op->n), log(op->k)},
                             .x = log(op->m)};
    return true;
}

static bool attention_place(const el_op *op, el_kernel_place *out)
{
    double query, requests, cache;

    if (!(op->heads > 0.0 && op->kv_heads > 0.0 && op->batch > 0.0 &&
          op->head_dim > 0.0 && op->m > 0.0 && op->context > 0.0))
        return false;
    query = op->m * op->kv_heads / op->heads;
    requests = op->batch / op->kv_heads;
    /* bytes of one number of the cache */
    cache = op->kv_bytes / (2.0 * op->batch * op->context * op->head_dim);
    if (query <= 1.0) {
        *out = (el_kernel_place){.key = {DECODE, op->heads, op->kv_heads,
                                         op->head_dim, round(8.0 * cache)},
                                 .u = {log(requests), 0.0},
                                 .x = log(op->context)};
        return true;
    }
    /* a whole prompt: no earlier chunk, no window */
    if (query <= MAX_QUERY ||
        fabs(op->context / (0.5 * (query + 1.0)) - 1.0) > 0.02)
        return false;
    *out = (el_kernel_place){
        .key = {PREFILL, op->heads, op->kv_heads, op->head_dim},
        .u = {log(requests), 0.0},
        .x = log(query)};
    return true;
}

/* first: hidden -> 2 expert sizes (gated); else expert size -> hidden */
static bool moe_place(const el_op *op, bool first, el_kernel_place *out)
{
    double hidden = first ? op->k : op->n;
    double inner = first ? 0.5 * op->n : op->k;
    double mean = op->batch * op->m, ranks;

    if (!(mean > 0.0 && op->experts > 0.0 && op->tokens > 0.0 &&
          op->top_k > 0.0))
        return false;
    ranks = el_larger(round(op->tokens * op->top_k / mean), 1.0);
    *out = (el_kernel_place){.key = {MOE, hidden, inner, op->experts, op->top_k,
                                     ranks, op->weight_bits},
                             .x = log(op->tokens)};
    return true;
}

bool el_kernel_place_of(const el_op *op, bool first, el_kernel_place *out)
{
    switch (op->kind) {
    case EL_OP_GEMM:
        return gemm_place(op, out);
    case EL_OP_ATTENTION:
        return attention_place(op, out);
    case EL_OP_MOE:
        return moe_place(op, first, out);
    default:
        return false;
    }
}

int el_kernel_place_by_key(const el_kernel_place *a, const el_kernel_place *b)
{
    int c = 0;

    for (size_t i = 0; i < EL_KERNEL_KEYS && c == 0; i++)
        c = el_by_value(a->key[i], b->key[i]);
    return c;
}

int el_kernel_place_by_series(const el_kernel_place *a,
                              const el_kernel_place *b)
{
    int c = el_kernel_place_by_key(a, b);

    c = c ? c : el_by_value(a->u[0], b->u[0]);
    return c ? c : el_by_value(a->u[1], b->u[1]);
}
