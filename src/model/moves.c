/* SPDX-License-Identifier: Apache-2.0 */
#include "model/moves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "num/stats.h"

static const double prompt_cut[] = {0.10, 0.25, 0.50};
static const double cap_at[] = {0.99, 0.90, 0.50}; /* quantiles of answers */
static const double common[] = {0.0, 0.5, 1.0};    /* of merged prompts */

void el_lengths_clear(el_lengths *lengths)
{
    el_free(lengths->arrive_s);
    el_free(lengths->osl);
    el_free(lengths->isl);
    memset(lengths, 0, sizeof *lengths);
}

const char *el_move_name(el_move_kind kind)
{
    static const char *const name[] = {"shorten_prompt", "cap_output",
                                       "merge_calls", "batch",
                                       "tensor_parallel"};

    return name[kind];
}

typedef struct work {
    const el_surface *surface, *now;
    size_t n_surface;
    const el_lengths *lengths;
    const double *cost; /* of each request as it is; NaN: outside the grid */
    el_moves *out;
} work;

static double request_j(const el_surface *s, double isl, double osl)
{
    return osl * el_surface_at(s, isl, osl);
}

/* A request, or what has become of two, costs `after` instead of `before`. */
static void count(el_move *m, double before, double after, double lost_tokens)
{
    if (!el_is_known(after)) {
        m->n_unknown++;
        return;
    }
    m->n_changed++;
    m->saved_j += before - after;
    m->tokens_lost += lost_tokens;
}

static void add(const work *w, el_move move)
{
    el_moves *out = w->out;

    if (move.n_changed == 0 || out->n == EL_MAX_MOVES)
        return;
    move.saved_share = move.saved_j / out->energy_j;
    move.tokens_lost /= out->output_tokens;
    out->move[out->n++] = move;
}

static void try_prompt(const work *w, double cut)
{
    const el_lengths *l = w->lengths;
    double least = w->now->grid->isl[0];
    el_move m = {.kind = EL_MOVE_PROMPT, .amount = cut};

    for (size_t i = 0; i < l->n; i++) {
        double isl = fmax(l->isl[i] * (1.0 - cut), least);

        if (el_is_known(w->cost[i]) && isl < l->isl[i])
            count(&m, w->cost[i], request_j(w->now, isl, l->osl[i]), 0.0);
    }
    add(w, m);
}

static void try_cap(const work *w, double cap)
{
    const el_lengths *l = w->lengths;
    el_move m = {.kind = EL_MOVE_CAP, .amount = cap};

    for (size_t i = 0; i < l->n; i++)
        if (el_is_known(w->cost[i]) && l->osl[i] > cap)
            count(&m, w->cost[i], request_j(w->now, l->isl[i], cap),
                  l->osl[i] - cap);
    add(w, m);
}

static void try_merge(const work *w, double shared)
{
    const el_lengths *l = w->lengths;
    el_move m = {.kind = EL_MOVE_MERGE, .amount = shared};

    for (size_t i = 0; i + 1 < l->n; i += 2) {
        double more = fmax(l->isl[i], l->isl[i + 1]);
        double less = fmin(l->isl[i], l->isl[i + 1]);
        double before = w->cost[i] + w->cost[i + 1];

        if (el_is_known(before))
            count(&m, before,
                  request_j(w->now, more + (1.0 - shared) * less,
                            l->osl[i] + l->osl[i + 1]),
                  0.0);
    }
    m.n_changed *= 2;
    m.n_unknown *= 2;
    add(w, m);
}

static void try_surface(const work *w, const el_surface *other)
{
    const el_lengths *l = w->lengths;
    bool batch = other->batch != w->now->batch;
    el_move m = {.kind = batch ? EL_MOVE_BATCH : EL_MOVE_TP,
                 .amount = batch ? other->batch : other->tp};

    if (batch && other->tp != w->now->tp)
        return;
    for (size_t i = 0; i < l->n; i++)
        if (el_is_known(w->cost[i]))
            count(&m, w->cost[i], request_j(other, l->isl[i], l->osl[i]), 0.0);
    add(w, m);
}

static int most_saved_first(const void *a, const void *b)
{
    const el_move *x = a, *y = b;

    return (x->saved_j < y->saved_j) - (x->saved_j > y->saved_j);
}

/* sorted: room for all answers. */
static void try_caps(const work *w, double *sorted)
{
    const el_lengths *l = w->lengths;
    double last = HUGE_VAL;

    memcpy(sorted, l->osl, l->n * sizeof *sorted);
    for (size_t i = 0; i < sizeof cap_at / sizeof *cap_at; i++) {
        double cap = round(el_quantile(sorted, l->n, cap_at[i]));

        if (cap < last) /* quantiles may coincide */
            try_cap(w, cap);
        last = cap;
    }
}

static void try_all(const work *w, double *scratch)
{
    for (size_t i = 0; i < sizeof prompt_cut / sizeof *prompt_cut; i++)
        try_prompt(w, prompt_cut[i]);
    try_caps(w, scratch);
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        try_merge(w, common[i]);
    for (size_t s = 0; s < w->n_surface; s++)
        if (&w->surface[s] != w->now)
            try_surface(w, &w->surface[s]);
    qsort(w->out->move, w->out->n, sizeof *w->out->move, most_saved_first);
}

/* Costs as they are now, and their sums. */
static void count_now(const el_surface *now, const el_lengths *l, double *cost,
                      el_moves *out)
{
    el_surface_summary s;
    double dear =
        el_surface_summarise(now, &s) ? 2.0 * s.best.token_j : EL_UNKNOWN;

    for (size_t i = 0; i < l->n; i++) {
        cost[i] = request_j(now, l->isl[i], l->osl[i]);
        if (!el_is_known(cost[i])) {
            out->n_outside++;
            continue;
        }
        out->n_request++;
        out->energy_j += cost[i];
        out->output_tokens += l->osl[i];
        if (cost[i] > dear * l->osl[i])
            out->worst_share += cost[i];
    }
    if (out->energy_j > 0.0)
        out->worst_share /= out->energy_j;
}

el_status el_moves_make(const el_surface *surface, size_t n, size_t now,
                        const el_lengths *lengths, el_moves *out, el_error *err)
{
    double *cost = lengths->n ? el_array(2 * lengths->n, sizeof *cost) : NULL;
    el_moves moves = {0};
    work w = {.surface = surface,
              .now = &surface[now],
              .n_surface = n,
              .lengths = lengths,
              .cost = cost,
              .out = &moves};
    el_status st = EL_OK;

    if (lengths->n && !cost)
        return el_fail(err, EL_E_NOMEM, "moves: %zu requests", lengths->n);
    count_now(w.now, lengths, cost, &moves);
    if (moves.n_request == 0)
        st = el_fail(err, EL_E_DATA,
                     "trace: none of %zu requests is on the grid of lengths",
                     lengths->n);
    else
        try_all(&w, cost + lengths->n);
    el_free(cost);
    if (st == EL_OK)
        *out = moves;
    return st;
}
