/* SPDX-License-Identifier: Apache-2.0 */
/* The form sweetspot fitted to a table, apart for each batch and degree. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/fit.h"
#include "app/sweetspot_part.h"
#include "app/tables.h"
#include "base/mem.h"
#include "base/str.h"
#include "energylens/files.h"

#define MIN_LATENCY_S 1.5 /* as fit */

/* Rows of one batch and one set of degrees. */
typedef struct part {
    const el_sample *like;
    el_point *point;
    double *y, *run_s;
    size_t n;
} part;

static bool wanted(const el_values *v, double value)
{
    for (size_t i = 0; i < v->n; i++)
        if (v->v[i] == value)
            return true;
    return v->n == 0;
}

static bool same(const el_sample *a, const el_sample *b)
{
    return a->point.tp == b->point.tp && a->point.pp == b->point.pp &&
           a->point.ep == b->point.ep && a->point.dp == b->point.dp &&
           a->batch_size == b->batch_size;
}

static void fill(const el_group *group, part *p)
{
    p->n = 0;
    for (size_t i = 0; i < group->n; i++) {
        const el_sample *s = &group->sample[i];

        if (!same(s, p->like))
            continue;
        p->point[p->n] = s->point;
        p->run_s[p->n] = s->run_s;
        p->y[p->n++] = s->energy_j;
    }
}

/* Weakest source: cells outside the lengths of the rows. */
static el_source source_of(const el_model *m, const el_length_grid *g)
{
    bool inside = g->isl[0] >= m->lo[EL_AXIS_ISL] &&
                  g->isl[g->n_isl - 1] <= m->hi[EL_AXIS_ISL] &&
                  g->osl[0] >= m->lo[EL_AXIS_OSL] &&
                  g->osl[g->n_osl - 1] <= m->hi[EL_AXIS_OSL];

    return inside ? EL_SOURCE_FITTED : EL_SOURCE_EXTRAPOLATED;
}

/* Intervals differ from cell to cell. */
static el_status fill_bands(const el_model *m, const el_point *like,
                            el_surface *s, el_error *err)
{
    const el_length_grid *g = s->grid;
    double z = el_model_quantile(m, EL_LEVEL);

    for (size_t c = 0; c < g->n_isl * g->n_osl; c++) {
        el_point p = *like;
        double sd;
        el_status st;

        p.isl = g->isl[c / g->n_osl];
        p.osl = g->osl[c % g->n_osl];
        st = el_model_spread(m, &p, 1, NULL, &sd, err);
        if (st != EL_OK)
            return st;
        s->lo_j[c] = s->token_j[c] * exp(-z * sd);
        s->hi_j[c] = s->token_j[c] * exp(z * sd);
    }
    return EL_OK;
}

/* EL_E_DATA: the lengths do not tell the terms apart. */
static el_status fit_part(const el_group *group, const part *p,
                          el_sweetspot_answer *out, el_error *err)
{
    const el_fit_data data = {.target = EL_TARGET_ENERGY,
                              .facts = &group->facts,
                              .point = p->point,
                              .y = p->y,
                              .run_s = p->run_s,
                              .n = p->n,
                              .prior = EL_PRIOR_NONE};
    el_surface *s = NULL;
    el_sweetspot curve;
    el_model m;
    el_status st = el_form_fit(el_form_find("sweetspot"), &data, &m, err);

    if (st == EL_OK)
        st = el_sweetspot_add(out, p->like->point.tp, p->like->batch_size, &s,
                              err);
    if (st != EL_OK)
        return st;
    memcpy(curve.t, m.param, sizeof curve.t);
    el_surface_fill(s, &curve, EL_UNKNOWN);
    s->source = source_of(&m, s->grid);
    return fill_bands(&m, p->point, s, err);
}

/* Pairs of batch and degree without a curve; of the first, why. */
typedef struct left_out {
    size_t n, n_seen;
    char first[256];
} left_out;

static void leave_out(const part *p, const char *why, left_out *out)
{
    if (out->n++ == 0)
        (void)snprintf(out->first, sizeof out->first, "tp=%g batch=%g: %.200s",
                       p->like->point.tp, p->like->batch_size, why);
}

static bool first_of_its_kind(const el_group *group, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same(&group->sample[k], &group->sample[i]))
            return false;
    return true;
}

static el_status conclude(const left_out *left, el_sweetspot_answer *out,
                          el_error *err)
{
    char text[400];

    if (left->n_seen == 0)
        return el_fail(err, EL_E_DATA, "no row of this --batch and --tp");
    if (out->n == 0)
        return el_fail(err, EL_E_DATA,
                       "no pair of batch and degree has lengths to "
                       "fit a curve to (%zu seen); %s; energylens fit and "
                       "--fit take all pairs together",
                       left->n_seen, left->first);
    if (left->n > 0) {
        (void)snprintf(text, sizeof text,
                       "%zu of %zu pairs of batch and degree left out; %s",
                       left->n, left->n_seen, left->first);
        el_sweetspot_note(out, text);
    }
    return EL_OK;
}

static el_status fit_parts(const el_sweetspot_ask *ask, const el_group *group,
                           part *p, el_sweetspot_answer *out, el_error *err)
{
    left_out left = {0};
    el_error why = {0};

    for (size_t i = 0; i < group->n; i++) {
        const el_sample *s = &group->sample[i];
        el_status st;

        if (!wanted(&ask->tp, s->point.tp) ||
            !wanted(&ask->batch, s->batch_size) || !first_of_its_kind(group, i))
            continue;
        left.n_seen++;
        p->like = s;
        fill(group, p);
        st = fit_part(group, p, out, &why);
        if (st == EL_E_DATA)
            leave_out(p, why.message, &left);
        else if (st != EL_OK)
            return el_fail(err, st, "%s", why.message);
    }
    return conclude(&left, out, err);
}

/* What cleaning dropped; fit tells it row by row. */
static void note_dropped(const el_cleaning *c, el_sweetspot_answer *out)
{
    size_t n = c->no_energy + c->flagged + c->short_run + c->other_session;
    char text[160];

    if (n == 0)
        return;
    (void)snprintf(text, sizeof text,
                   "%zu of %zu rows dropped: %zu shorter than %g s, %zu "
                   "flagged, %zu without energy",
                   n, c->rows, c->short_run, MIN_LATENCY_S, c->flagged,
                   c->no_energy);
    el_sweetspot_note(out, text);
}

static el_status fit_group(const el_sweetspot_ask *ask, const el_group *group,
                           el_sweetspot_answer *out, el_error *err)
{
    part p = {.point = el_array(group->n, sizeof *p.point),
              .y = el_array(group->n, sizeof *p.y),
              .run_s = el_array(group->n, sizeof *p.run_s)};
    el_status st;

    out->key = group->key;
    note_dropped(&group->cleaning, out);
    if (p.point && p.y && p.run_s)
        st = fit_parts(ask, group, &p, out, err);
    else
        st = el_fail(err, EL_E_NOMEM, "sweetspot: %zu rows", group->n);
    el_free(p.run_s);
    el_free(p.y);
    el_free(p.point);
    return st;
}

/* Lengths that the group's rows have, in whole tokens. */
static el_status suggest(const el_group *group, el_length_range *out,
                         el_error *err)
{
    el_length_range r = {INFINITY, 0.0, INFINITY, 0.0};

    for (size_t i = 0; i < group->n; i++) {
        const el_point *p = &group->sample[i].point;

        r.isl_lo = fmin(r.isl_lo, p->isl); /* skips NaN */
        r.isl_hi = fmax(r.isl_hi, p->isl);
        r.osl_lo = fmin(r.osl_lo, p->osl);
        r.osl_hi = fmax(r.osl_hi, p->osl);
    }
    if (group->prompts_unknown || !(r.isl_hi >= 1.0))
        return el_fail(err, EL_E_DATA,
                       "no row has input_tokens: what a prompt "
                       "costs cannot be told");
    out->isl_lo = fmax(ceil(r.isl_lo), 1.0);
    out->isl_hi = fmax(floor(r.isl_hi), out->isl_lo);
    out->osl_lo = fmax(ceil(r.osl_lo), 1.0);
    out->osl_hi = fmax(floor(r.osl_hi), out->osl_lo);
    return EL_OK;
}

/* One group: a curve is of one model, GPU, precision and engine. */
static el_status pick_group(const el_sweetspot_ask *ask, el_groups *groups,
                            const el_catalog *catalog, const el_group **out,
                            el_error *err)
{
    const el_group *found = NULL;
    el_status st =
        el_fit_keep_groups(ask->model, ask->gpu, catalog, groups, err);

    for (size_t g = 0; st == EL_OK && g < groups->n; g++) {
        const el_group *group = &groups->group[g];
        const el_group_key *k = &group->key;

        if (group->n == 0 ||
            (ask->precision &&
             !el_str_eq_nocase(k->precision, ask->precision)) ||
            (ask->engine && !el_str_eq_nocase(k->engine, ask->engine)))
            continue;
        if (found)
            return el_fail(err, EL_E_ARG,
                           "several groups: %s %s %s %s, %s %s %s %s, ...: "
                           "name one with --model, --gpu, --precision, "
                           "--engine",
                           found->key.model, found->key.gpu,
                           found->key.precision, found->key.engine, k->model,
                           k->gpu, k->precision, k->engine);
        found = group;
    }
    if (st == EL_OK && !found)
        st = el_fail(err, EL_E_DATA,
                     "no row of the table is left "
                     "after cleaning, or of that precision "
                     "and engine");
    *out = found;
    return st;
}

el_status el_sweetspot_from_table(const el_sweetspot_ask *ask,
                                  const el_task *task, el_sweetspot_answer *out,
                                  el_error *err)
{
    const el_clean_options clean = {.min_latency_s = MIN_LATENCY_S};
    el_catalog *catalog = NULL;
    el_table *table = NULL;
    el_groups groups = {0};
    const el_group *group = NULL;
    el_length_range range;
    el_status st = el_catalog_load(ask->catalog_dir, &catalog, err);

    out->basis = EL_BASIS_TABLE;
    if (st == EL_OK)
        st = el_tables_read(&ask->table, 1, EL_TABLE_MEASURED, task, &table,
                            err);
    if (st == EL_OK)
        st = el_groups_make(table, catalog, &clean, task, &groups, err);
    if (st == EL_OK)
        st = pick_group(ask, &groups, catalog, &group, err);
    if (st == EL_OK)
        st = suggest(group, &range, err);
    if (st == EL_OK)
        st = el_sweetspot_grid(ask, &range, out, err);
    if (st == EL_OK)
        st = fit_group(ask, group, out, err);
    el_groups_clear(&groups);
    el_table_free(table);
    el_catalog_free(catalog);
    return st;
}
