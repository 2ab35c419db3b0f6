/* SPDX-License-Identifier: Apache-2.0 */
/* Two forms on the same rows: the difference, and how sure it is. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "model/evaluate_work.h"
#include "num/stats.h"

#define DRAWS  2000u
#define STREAM 0xC0331u /* apart from every item's */

/* What one form did in one scenario, over all seeds. */
typedef struct sums {
    double rows, ape;
    el_eval_choice choice;
} sums;

typedef struct pairing {
    const el_eval_work *w;
    size_t form[2];
    size_t *base; /* n_group: unit of its scenario 0 */
    size_t n_unit;
    sums *unit[2]; /* n_unit each: a scenario of a group */
    double *choice;
    el_figure_id id;
} pairing;

static void pairing_clear(pairing *p)
{
    el_free(p->choice);
    el_free(p->unit[0]);
    el_free(p->base);
}

static el_status pairing_make(const el_eval_work *w, pairing *p, el_error *err)
{
    size_t widest = 1;

    p->base = el_array(w->n_group, sizeof *p->base);
    if (!p->base)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu groups", w->n_group);
    for (size_t g = 0; g < w->n_group; g++) {
        p->base[g] = p->n_unit;
        p->n_unit += w->group[g].n_scenario;
        if (w->group[g].widest > widest)
            widest = w->group[g].widest;
    }
    p->unit[0] = el_array(p->n_unit, 2 * sizeof *p->unit[0]);
    p->choice = el_array(widest, 2 * sizeof *p->choice);
    if (!p->unit[0] || !p->choice)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu scenarios", p->n_unit);
    p->unit[1] = p->unit[0] + p->n_unit;
    return EL_OK;
}

static void add_item(pairing *p, const el_eval_item *item, size_t k)
{
    const el_eval_work *w = p->w;
    const el_eval_group *g = &w->group[item->group];
    const uint8_t *role = w->role + item->offset;
    const double *pred = w->pred + p->form[k] * w->n_row + item->offset;
    bool predicts = w->options->form[p->form[k]]->traits & EL_FORM_PREDICTS;
    sums *unit = p->unit[k] + p->base[item->group];

    for (size_t i = 0; predicts && i < g->n; i++) {
        if (!(role[i] & EL_ROLE_SCORE))
            continue;
        unit[g->scenario[i]].rows += 1.0;
        unit[g->scenario[i]].ape += fabs(pred[i] / g->truth[i] - 1.0);
    }
    for (size_t s = 0; s < g->n_scenario; s++) {
        double *truth = p->choice, *guess = p->choice + g->widest;
        size_t n = el_eval_choices(g, s, role, g->truth, truth);
        (void)el_eval_choices(g, s, role, pred, guess);
        if (n >= 2)
            el_eval_choose(truth, guess, n, &unit[s].choice);
    }
}

static double ratio(const sums *s, el_figure_id id)
{
    double whole = id == EL_FIGURE_MAPE ? s->rows : s->choice.scenarios;
    double part = id == EL_FIGURE_MAPE           ? s->ape
                  : id == EL_FIGURE_TOP1         ? s->choice.top1
                  : id == EL_FIGURE_TOP1_WITHIN3 ? s->choice.within3
                                                 : s->choice.regret;

    return whole > 0.0 ? 100.0 * part / whole : EL_UNKNOWN;
}

/* el_statistic_fn: index holds the scenarios drawn. */
static double difference(const size_t *index, size_t n, void *ctx)
{
    const pairing *p = ctx;
    sums sum[2];

    memset(sum, 0, sizeof sum);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < n; i++) {
            const sums *u = &p->unit[k][index[i]];
            sum[k].rows += u->rows;
            sum[k].ape += u->ape;
            sum[k].choice.scenarios += u->choice.scenarios;
            sum[k].choice.top1 += u->choice.top1;
            sum[k].choice.within3 += u->choice.within3;
            sum[k].choice.regret += u->choice.regret;
        }
    return ratio(&sum[0], p->id) - ratio(&sum[1], p->id);
}

/* Scenarios that something was scored in come first. */
static size_t pack(pairing *p)
{
    size_t n = 0;

    for (size_t u = 0; u < p->n_unit; u++) {
        const sums *a = &p->unit[0][u], *b = &p->unit[1][u];
        if (a->rows + a->choice.scenarios + b->rows + b->choice.scenarios <=
            0.0)
            continue;
        p->unit[0][n] = *a;
        p->unit[1][n++] = *b;
    }
    return n;
}

static el_status find_figures(pairing *p, el_split split, size_t n,
                              el_difference *out, el_error *err)
{
    static const el_figure_id id[] = {EL_FIGURE_MAPE, EL_FIGURE_TOP1,
                                      EL_FIGURE_TOP1_WITHIN3, EL_FIGURE_REGRET};
    size_t *all = el_array(n, sizeof *all);
    el_status st = EL_OK;

    if (!all)
        return el_fail(err, EL_E_NOMEM, "evaluate: %zu scenarios", n);
    for (size_t u = 0; u < n; u++)
        all[u] = u;
    for (size_t i = 0; i < sizeof id / sizeof *id && st == EL_OK; i++) {
        el_figure *f = &out->figure[id[i]];
        el_rng rng;
        el_rng_init(&rng, p->w->seed,
                    ((uint64_t)split << 8 | id[i]) << 32 ^ STREAM);
        p->id = id[i];
        f->value = difference(all, n, p);
        if (n >= 2 && el_is_known(f->value))
            st = el_bootstrap_clusters(all, n, n, difference, p, DRAWS,
                                       EL_DIFFERENCE_LEVEL, &rng, &f->lo,
                                       &f->hi, err);
    }
    el_free(all);
    return st;
}

static bool both_answered(const el_eval_work *w, size_t i, const size_t f[2])
{
    char **reason = w->reason + i * w->options->n_form;

    return !reason[f[0]] && !reason[f[1]];
}

el_status el_eval_compare(const el_eval_work *w, const size_t f[2],
                          el_split split, el_difference *out, el_error *err)
{
    pairing p = {.w = w, .form = {f[0], f[1]}};
    el_difference d = {.form = {w->options->form[f[0]], w->options->form[f[1]]},
                       .split = split,
                       .samples = el_eval_samples(w->options, split)};
    el_status st = pairing_make(w, &p, err);

    for (el_figure_id id = 0; id < EL_N_FIGURES; id++)
        d.figure[id] = (el_figure){EL_UNKNOWN, EL_UNKNOWN, EL_UNKNOWN};
    for (size_t i = 0; st == EL_OK && i < w->n_item; i++) {
        if (w->item[i].split != split || !both_answered(w, i, f))
            continue;
        add_item(&p, &w->item[i], 0);
        add_item(&p, &w->item[i], 1);
    }
    if (st == EL_OK)
        d.scenarios = pack(&p);
    if (st == EL_OK && d.scenarios > 0)
        st = find_figures(&p, split, d.scenarios, &d, err);
    if (st == EL_OK)
        *out = d;
    pairing_clear(&p);
    return st;
}
