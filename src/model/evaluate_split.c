/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/evaluate_work.h"
#include "num/stats.h"

#define SET_ASIDE 0.3 /* share of scenarios no training row may be in */
#define CUT_LOW   16.0
#define CUT_HIGH  32.0

/* Working arrays of one split, g->n of each. */
typedef struct draw {
    size_t *list;   /* candidate rows, then any permutation */
    uint8_t *allow; /* row may train */
    uint8_t *used;  /* candidate was drawn */
    double *unit;   /* candidate axes in [0, 1] */
    double *target; /* hypercube */
} draw;

static void draw_clear(draw *d)
{
    el_free(d->target);
    el_free(d->unit);
    el_free(d->used);
    el_free(d->allow);
    el_free(d->list);
}

static bool draw_make(draw *d, size_t n)
{
    d->list = el_array(n, sizeof *d->list);
    d->allow = el_array(n, sizeof *d->allow);
    d->used = el_array(n, sizeof *d->used);
    d->unit = el_array(n, EL_EVAL_AXES * sizeof *d->unit);
    d->target = el_array(n, EL_EVAL_AXES * sizeof *d->target);
    return d->list && d->allow && d->used && d->unit && d->target;
}

/* Scale the candidates' axes to [0, 1]; constant or unknown axes are left
 * out. Returns how many axes remain. */
static size_t scale_axes(const el_eval_group *g, const draw *d, size_t n_list)
{
    size_t dim = 0;

    for (size_t a = 0; a < EL_EVAL_AXES; a++) {
        double lo = INFINITY, hi = -INFINITY;
        bool known = true;
        for (size_t c = 0; c < n_list; c++) {
            double v = g->axis[d->list[c] * EL_EVAL_AXES + a];
            known = known && el_is_known(v);
            lo = fmin(lo, v);
            hi = fmax(hi, v);
        }
        if (!known || !(hi > lo))
            continue;
        for (size_t c = 0; c < n_list; c++) {
            double v = g->axis[d->list[c] * EL_EVAL_AXES + a];
            d->unit[c * EL_EVAL_AXES + dim] = (v - lo) / (hi - lo);
        }
        dim++;
    }
    return dim;
}

static size_t nearest_unused(const draw *d, size_t n_list, const double *at,
                             size_t dim)
{
    size_t best = n_list;
    double best_distance = INFINITY;

    for (size_t c = 0; c < n_list; c++) {
        double sum = 0.0;
        if (d->used[c])
            continue;
        for (size_t a = 0; a < dim; a++) {
            double x = d->unit[c * EL_EVAL_AXES + a] - at[a];
            sum += x * x;
        }
        if (sum < best_distance) {
            best_distance = sum;
            best = c;
        }
    }
    return best;
}

/* Mark n of the allowed rows as training rows. */
static el_status draw_rows(const el_eval_group *g, const draw *d, size_t n,
                           el_rng *rng, uint8_t *role, el_error *err)
{
    size_t n_list = 0, dim;
    el_status st;

    for (size_t i = 0; i < g->n; i++) {
        if (d->allow[i])
            d->list[n_list++] = i;
    }
    if (n_list <= n) {
        for (size_t c = 0; c < n_list; c++)
            role[d->list[c]] |= EL_ROLE_TRAIN;
        return EL_OK;
    }
    dim = scale_axes(g, d, n_list);
    if (dim == 0) {
        el_rng_shuffle(rng, d->list, n_list);
        for (size_t c = 0; c < n; c++)
            role[d->list[c]] |= EL_ROLE_TRAIN;
        return EL_OK;
    }
    st = el_latin_hypercube(n, dim, rng, d->target, err);
    for (size_t i = 0; st == EL_OK && i < n; i++) {
        size_t c = nearest_unused(d, n_list, d->target + i * dim, dim);
        d->used[c] = 1;
        role[d->list[c]] |= EL_ROLE_TRAIN;
    }
    return st;
}

static double batch_of(const el_eval_group *g, size_t row)
{
    return g->group->sample[g->sample[row]].batch_size;
}

typedef struct rung {
    size_t ladder, row;
    double batch;
} rung;

static int compare_rung(const void *a, const void *b)
{
    const rung *x = a, *y = b;

    if (x->ladder != y->ladder)
        return x->ladder < y->ladder ? -1 : 1;
    return (x->batch > y->batch) - (x->batch < y->batch);
}

/* Lower half of the distinct batch sizes of one ladder trains. */
static void cut_ladder(const rung *r, size_t n, const draw *d, uint8_t *role)
{
    size_t distinct = 0, seen = 0;

    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || r[i].batch > r[i - 1].batch;
    for (size_t i = 0; i < n; i++) {
        seen += i == 0 || r[i].batch > r[i - 1].batch;
        if (seen <= (distinct + 1) / 2)
            d->allow[r[i].row] = 1;
        else
            role[r[i].row] |= EL_ROLE_SCORE | EL_ROLE_CHOICE;
    }
}

/* One ladder a workload where lengths were not recorded, else one in all:
 * short and long prompts there share their batch sizes. */
static el_status cut_in_half(const el_eval_group *g, const draw *d,
                             uint8_t *role, el_error *err)
{
    rung *r = el_array(g->n, sizeof *r);

    if (!r)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", g->n);
    for (size_t i = 0; i < g->n; i++) {
        r[i].ladder = g->group->prompts_unknown ? g->length[i] : 0;
        r[i].row = i;
        r[i].batch = batch_of(g, i);
    }
    qsort(r, g->n, sizeof *r, compare_rung);
    for (size_t i = 0, j; i < g->n; i = j) {
        for (j = i + 1; j < g->n && r[j].ladder == r[i].ladder;)
            j++;
        cut_ladder(r + i, j - i, d, role);
    }
    el_free(r);
    return EL_OK;
}

static el_status cut_batches(const el_eval_group *g, el_batch_cut cut,
                             const draw *d, uint8_t *role, el_error *err)
{
    bool low = false, high = false;

    for (size_t i = 0; i < g->n; i++) {
        low = low || batch_of(g, i) <= CUT_LOW;
        high = high || batch_of(g, i) >= CUT_HIGH;
    }
    if (cut == EL_BATCH_CUT_HALF ||
        (cut == EL_BATCH_CUT_AUTO &&
         (g->group->prompts_unknown || !low || !high)))
        return cut_in_half(g, d, role, err);
    for (size_t i = 0; i < g->n; i++) {
        if (batch_of(g, i) <= CUT_LOW)
            d->allow[i] = 1;
        else if (batch_of(g, i) >= CUT_HIGH)
            role[i] |= EL_ROLE_SCORE | EL_ROLE_CHOICE;
    }
    return EL_OK;
}

/* Keep 30 % of the scenarios out of the candidates. */
static el_status set_aside(const el_eval_group *g, const draw *d, el_rng *rng,
                           el_error *err)
{
    size_t n_aside = (size_t)(SET_ASIDE * (double)g->n_scenario + 0.5);
    size_t *scenario = el_array(g->n_scenario, sizeof *scenario);

    if (!scenario)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu scenarios",
                       g->n_scenario);
    for (size_t s = 0; s < g->n_scenario; s++)
        scenario[s] = s;
    el_rng_shuffle(rng, scenario, g->n_scenario);
    memset(d->allow, 1, g->n);
    for (size_t s = 0; s < n_aside; s++) {
        for (size_t k = g->first[scenario[s]]; k < g->first[scenario[s] + 1];
             k++)
            d->allow[g->order[k]] = 0;
    }
    el_free(scenario);
    return EL_OK;
}

/* Scenarios that no training row is in. */
static void score_untouched(const el_eval_group *g, uint8_t *role)
{
    for (size_t s = 0; s < g->n_scenario; s++) {
        bool touched = false;
        for (size_t k = g->first[s]; k < g->first[s + 1]; k++)
            touched = touched || (role[g->order[k]] & EL_ROLE_TRAIN);
        for (size_t k = g->first[s]; !touched && k < g->first[s + 1]; k++)
            role[g->order[k]] |= EL_ROLE_SCORE | EL_ROLE_CHOICE;
    }
}

static void leave_length_out(const el_eval_group *g, size_t fold, const draw *d,
                             uint8_t *role)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->length[i] == fold)
            role[i] |= EL_ROLE_SCORE | EL_ROLE_CHOICE;
        else
            d->allow[i] = 1;
    }
}

static el_status allow_rows(const el_eval_group *g,
                            const el_evaluate_options *options,
                            const el_eval_item *item, const draw *d,
                            el_rng *rng, uint8_t *role, el_error *err)
{
    switch (item->split) {
    case EL_SPLIT_ALL:
        memset(d->allow, 1, g->n);
        return EL_OK;
    case EL_SPLIT_UNSEEN:
        return set_aside(g, d, rng, err);
    case EL_SPLIT_BATCH:
        return cut_batches(g, options->batch_cut, d, role, err);
    case EL_SPLIT_LENGTH:
        leave_length_out(g, item->fold, d, role);
        return EL_OK;
    case EL_SPLIT_MODEL:
    case EL_SPLIT_GPU:
    case EL_N_SPLITS:
        break;
    }
    for (size_t i = 0; i < g->n; i++)
        role[i] |= EL_ROLE_SCORE | EL_ROLE_CHOICE;
    return EL_OK;
}

double el_eval_samples(const el_evaluate_options *options, el_split split)
{
    bool drawn = split != EL_SPLIT_MODEL && split != EL_SPLIT_GPU;

    return drawn ? options->samples : 0.0;
}

static size_t n_samples(const el_eval_group *g,
                        const el_evaluate_options *options)
{
    double n = options->percent
                   ? floor(options->samples / 100.0 * (double)g->n + 0.5)
                   : floor(options->samples);

    n = fmin(n, (double)g->n);
    return n < 1.0 ? 1 : (size_t)n;
}

el_status el_eval_split(const el_eval_group *g,
                        const el_evaluate_options *options,
                        const el_eval_item *item, el_rng *rng, uint8_t *role,
                        el_error *err)
{
    draw d = {0};
    uint8_t *r = el_array(g->n, sizeof *r);
    el_status st;

    if (!r || !draw_make(&d, g->n)) {
        st = el_fail(err, EL_E_NOMEM, "evaluate: %zu rows", g->n);
        goto done;
    }
    st = allow_rows(g, options, item, &d, rng, r, err);
    if (st == EL_OK)
        st = draw_rows(g, &d, n_samples(g, options), rng, r, err);
    if (st != EL_OK)
        goto done;
    if (item->split == EL_SPLIT_UNSEEN)
        score_untouched(g, r);
    for (size_t i = 0; item->split == EL_SPLIT_ALL && i < g->n; i++)
        r[i] |= (uint8_t)(EL_ROLE_CHOICE |
                          (r[i] & EL_ROLE_TRAIN ? 0u : EL_ROLE_SCORE));
    memcpy(role, r, g->n);
done:
    draw_clear(&d);
    el_free(r);
    return st;
}
