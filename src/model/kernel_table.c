/* SPDX-License-Identifier: Apache-2.0 */
/* Measured times as ratios to modelled ones, interpolated. */
#include "energylens/kernel_table.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "model/kernel_part.h"

#define REACH     2.0 /* factor beyond which nothing is known */
#define N_NEAREST 4
#define N_KEY     7
#define MAX_QUERY 8.0 /* tokens: more are a prompt; as kernel_attention.c */

/* Where an op stands in the table. */
typedef struct place {
    double key[N_KEY]; /* must be equal: kind, then what kernels depend on */
    double u[2];       /* ln; of the series */
    double x;          /* ln; along the series */
} place;

typedef struct point {
    place at;
    double log_ratio;
    size_t end; /* of its series: those with the same key and u */
} point;

struct el_kernel_table {
    el_device device;
    point *point; /* sorted by el_kernel_table_finish */
    size_t n_point, cap, n_impossible;
};

enum { GEMM = 1, DECODE, PREFILL, MOE }; /* key[0] */

static bool gemm_place(const el_op *op, place *out)
{
    if (!(op->m > 0.0 && op->n > 0.0 && op->k > 0.0) || op->batch > 1.0)
        return false;
    *out = (place){.key = {GEMM, op->weight_bits},
                   .u = {log(op->n), log(op->k)},
                   .x = log(op->m)};
    return true;
}

static bool attention_place(const el_op *op, place *out)
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
        *out = (place){.key = {DECODE, op->heads, op->kv_heads, op->head_dim,
                               round(8.0 * cache)},
                       .u = {log(requests), 0.0},
                       .x = log(op->context)};
        return true;
    }
    /* a whole prompt: no earlier chunk, no window */
    if (query <= MAX_QUERY ||
        fabs(op->context / (0.5 * (query + 1.0)) - 1.0) > 0.02)
        return false;
    *out = (place){.key = {PREFILL, op->heads, op->kv_heads, op->head_dim},
                   .u = {log(requests), 0.0},
                   .x = log(query)};
    return true;
}

/* first: hidden -> 2 expert sizes (gated); else expert size -> hidden */
static bool moe_place(const el_op *op, bool first, place *out)
{
    double hidden = first ? op->k : op->n;
    double inner = first ? 0.5 * op->n : op->k;
    double mean = op->batch * op->m, ranks;

    if (!(mean > 0.0 && op->experts > 0.0 && op->tokens > 0.0 &&
          op->top_k > 0.0))
        return false;
    ranks = el_larger(round(op->tokens * op->top_k / mean), 1.0);
    *out = (place){.key = {MOE, hidden, inner, op->experts, op->top_k, ranks,
                           op->weight_bits},
                   .x = log(op->tokens)};
    return true;
}

static bool place_of(const el_op *op, bool first, place *out)
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

static int by_value(double a, double b)
{
    return (a > b) - (a < b);
}

static int by_key(const place *a, const place *b)
{
    int c = 0;

    for (size_t i = 0; i < N_KEY && c == 0; i++)
        c = by_value(a->key[i], b->key[i]);
    return c;
}

static int by_series(const place *a, const place *b)
{
    int c = by_key(a, b);

    c = c ? c : by_value(a->u[0], b->u[0]);
    return c ? c : by_value(a->u[1], b->u[1]);
}

static int by_place(const void *a, const void *b)
{
    const point *p = a, *q = b;
    int c = by_series(&p->at, &q->at);

    c = c ? c : by_value(p->at.x, q->at.x);
    return c ? c : by_value(p->log_ratio, q->log_ratio);
}

el_status el_kernel_table_new(const el_device *device, el_kernel_table **out,
                              el_error *err)
{
    el_kernel_table *t = el_array(1, sizeof *t);

    if (!t)
        return el_fail(err, EL_E_NOMEM, "kernel table: out of memory");
    t->device = *device;
    t->device.kernel_table = NULL;
    t->device.cap_w = HUGE_VAL; /* such runs are short */
    *out = t;
    return EL_OK;
}

void el_kernel_table_free(el_kernel_table *table)
{
    if (!table)
        return;
    el_free(table->point);
    el_free(table);
}

size_t el_kernel_table_size(const el_kernel_table *table)
{
    return table->n_point;
}

size_t el_kernel_table_impossible(const el_kernel_table *table)
{
    return table->n_impossible;
}

/* Modelled seconds of all ops, and the least that the device could need. */
static double modelled(const el_device *d, const el_op *op, size_t n_op,
                       double *least)
{
    double time = 0.0;

    *least = 0.0;
    for (size_t i = 0; i < n_op; i++) {
        el_cost c;

        el_kernel_cost(d, &op[i], &c);
        time += c.time_s;
        *least += el_larger(c.flop_s_bound,
                            c.bytes_s_bound * d->bw_bytes_s > d->l2_bytes
                                ? c.bytes_s_bound
                                : 0.0);
    }
    return time;
}

el_status el_kernel_table_add(el_kernel_table *table, const el_op *op,
                              size_t n_op, double time_s, el_error *err)
{
    point p;
    double model, least;
    void *grown;

    if (n_op == 0 || !(time_s > 0.0) || !place_of(op, true, &p.at))
        return el_fail(err, EL_E_ARG,
                       "kernel table: a shape or time that has no place");
    model = modelled(&table->device, op, n_op, &least);
    if (time_s < least) {
        table->n_impossible++;
        return EL_OK;
    }
    p.log_ratio = log(time_s / model);
    if (!isfinite(p.log_ratio) || !isfinite(p.at.x + p.at.u[0] + p.at.u[1]))
        return el_fail(err, EL_E_ARG,
                       "kernel table: a shape or time too large");
    grown = el_grow(table->point, &table->cap, table->n_point + 1,
                    sizeof *table->point);
    if (!grown)
        return el_fail(err, EL_E_NOMEM, "kernel table: %zu points",
                       table->n_point);
    table->point = grown;
    table->point[table->n_point++] = p;
    return EL_OK;
}

/* Points at one place become their mean. Returns how many are left. */
static size_t combine(point *p, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0, end; i < n; i = end) {
        double sum = 0.0;

        for (end = i; end < n && p[end].at.x == p[i].at.x &&
                      by_series(&p[end].at, &p[i].at) == 0;
             end++)
            sum += p[end].log_ratio;
        p[kept] = p[i];
        p[kept++].log_ratio = sum / (double)(end - i);
    }
    return kept;
}

void el_kernel_table_finish(el_kernel_table *table)
{
    point *p = table->point;
    size_t n = table->n_point;

    if (n == 0)
        return;
    qsort(p, n, sizeof *p, by_place);
    n = table->n_point = combine(p, n);
    for (size_t i = n; i-- > 0;)
        p[i].end = i + 1 < n && by_series(&p[i].at, &p[i + 1].at) == 0
                       ? p[i + 1].end
                       : i + 1;
}

/* Index of the first point whose key is not below. */
static size_t first_of(const el_kernel_table *t, const place *at)
{
    size_t lo = 0, hi = t->n_point;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (by_key(&t->point[mid].at, at) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ln ratio of one series at x; NaN out of reach. */
static double along(const point *p, size_t n, double x)
{
    size_t i = 1;
    double t;

    if (x < p[0].at.x - log(REACH) || x > p[n - 1].at.x + log(REACH))
        return EL_UNKNOWN;
    if (x <= p[0].at.x)
        return p[0].log_ratio;
    if (x >= p[n - 1].at.x)
        return p[n - 1].log_ratio;
    while (x > p[i].at.x)
        i++;
    t = (x - p[i - 1].at.x) / (p[i].at.x - p[i - 1].at.x);
    return p[i - 1].log_ratio + t * (p[i].log_ratio - p[i - 1].log_ratio);
}

typedef struct near {
    double distance, log_ratio;
} near;

/* Keep the nearest, in order of distance. */
static void keep(near *best, size_t *n_best, near one)
{
    size_t i = *n_best;

    if (i == N_NEAREST) {
        if (one.distance >= best[i - 1].distance)
            return;
        i--;
    } else {
        (*n_best)++;
    }
    for (; i > 0 && best[i - 1].distance > one.distance; i--)
        best[i] = best[i - 1];
    best[i] = one;
}

static double log_ratio_at(const el_kernel_table *t, const place *at)
{
    near best[N_NEAREST];
    size_t n_best = 0;
    double sum = 0.0, weight = 0.0;

    for (size_t i = first_of(t, at); i < t->n_point; i = t->point[i].end) {
        const point *p = &t->point[i];
        double d0 = fabs(at->u[0] - p->at.u[0]);
        double d1 = fabs(at->u[1] - p->at.u[1]), y;

        if (by_key(&p->at, at) != 0)
            break;
        if (d0 > log(REACH) * (1.0 + 1e-9) || d1 > log(REACH) * (1.0 + 1e-9))
            continue;
        y = along(p, p->end - i, at->x);
        if (el_is_known(y))
            keep(best, &n_best, (near){d0 * d0 + d1 * d1, y});
    }
    if (n_best == 0)
        return EL_UNKNOWN;
    if (best[0].distance < 1e-18)
        return best[0].log_ratio;
    for (size_t i = 0; i < n_best; i++) {
        sum += best[i].log_ratio / best[i].distance;
        weight += 1.0 / best[i].distance;
    }
    return sum / weight;
}

double el_kernel_table_ratio(const el_kernel_table *table, const el_op *op)
{
    place at;
    double y = EL_UNKNOWN;

    if (!op->launches) /* a table's kernels start by themselves */
        return EL_UNKNOWN;
    if (place_of(op, true, &at))
        y = log_ratio_at(table, &at);
    if (!el_is_known(y) && op->kind == EL_OP_MOE && place_of(op, false, &at))
        y = log_ratio_at(table, &at);
    return exp(y);
}
