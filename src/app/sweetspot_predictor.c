/* SPDX-License-Identifier: Apache-2.0 */
/* Surfaces cell by cell, from a fit file or the analytic model. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "app/analytic.h"
#include "app/fit_pick.h"
#include "app/predict.h"
#include "app/sweetspot_part.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/table.h"

static const el_length_range usual = {64.0, 32768.0, 16.0, 4096.0};

/* Rows and answers of one surface. */
typedef struct cells {
    size_t n;
    el_row *row;
    el_answer *answer;
} cells;

static el_status cells_make(const el_length_grid *g, cells *out, el_error *err)
{
    out->n = g->n_isl * g->n_osl;
    out->row = el_array(out->n, sizeof *out->row);
    out->answer = el_array(out->n, sizeof *out->answer);
    if (out->row && out->answer)
        return EL_OK;
    return el_fail(err, EL_E_NOMEM, "sweetspot: %zu cells", out->n);
}

static void cells_clear(cells *c)
{
    el_free(c->answer);
    el_free(c->row);
}

static el_row row_of(const el_group_key *key, const el_surface *s, size_t cell)
{
    const el_length_grid *g = s->grid;
    el_row r = el_row_blank();

    r.file = "sweetspot";
    r.model = key->model;
    r.gpu = key->gpu;
    r.precision = key->precision;
    r.engine = key->engine;
    r.tp = r.num_gpus = s->tp;
    r.batch_size = r.requests = s->batch;
    r.input_tokens = g->isl[cell / g->n_osl];
    r.output_tokens = g->osl[cell % g->n_osl];
    return r;
}

/* What one GPU of the group cannot hold is no operating point: unknown. */
static void take(const cells *c, el_surface *s, el_sweetspot_answer *out)
{
    size_t n_big = 0;

    for (size_t i = 0; i < c->n; i++) {
        const el_answer *a = &c->answer[i];
        double osl = c->row[i].output_tokens;

        if (!a->ok || a->p.does_not_fit) {
            n_big += a->ok;
            if (!a->ok && !*out->note)
                el_sweetspot_note(out, a->note);
            continue;
        }
        s->token_j[i] = a->p.energy_per_output_token_j;
        s->lo_j[i] = a->p.energy_per_request_lo_j / osl;
        s->hi_j[i] = a->p.energy_per_request_hi_j / osl;
        if (s->n_known++ == 0 || a->p.source > s->source)
            s->source = a->p.source;
    }
    if (n_big > 0) {
        char text[160];

        (void)snprintf(text, sizeof text,
                       "tp=%g batch=%g: %zu of %zu cells do not fit into "
                       "memory",
                       s->tp, s->batch, n_big, c->n);
        el_sweetspot_note(out, text);
    }
}

static el_status predict_all(const el_predictor *predictor,
                             const el_sweetspot_ask *ask, const el_task *task,
                             el_sweetspot_answer *out, el_error *err)
{
    const el_values one = {.n = 1, .v = {1.0}};
    const el_values *tp = ask->tp.n ? &ask->tp : &one;
    const el_values *batch = ask->batch.n ? &ask->batch : &one;
    cells c = {0};
    el_status st = cells_make(&out->grid, &c, err);

    for (size_t k = 0; st == EL_OK && k < tp->n * batch->n; k++) {
        el_surface *s = NULL;

        st = el_sweetspot_add(out, tp->v[k / batch->n], batch->v[k % batch->n],
                              &s, err);
        for (size_t i = 0; st == EL_OK && i < c.n; i++)
            c.row[i] = row_of(&out->key, s, i);
        if (st == EL_OK)
            st = el_predictor_rows(predictor, c.row, c.n, task, c.answer, err);
        if (st == EL_OK)
            take(&c, s, out);
    }
    cells_clear(&c);
    return st;
}

/* What the analytic model takes where nothing is said. */
static void name_defaults(el_group_key *key)
{
    if (!*key->precision)
        el_str_copy(key->precision, sizeof key->precision,
                    EL_DEFAULT_PRECISION);
    if (!*key->engine)
        el_str_copy(key->engine, sizeof key->engine, "vLLM");
}

/* A config.json is in no catalogue: the names are the key. */
static void take_path(const el_sweetspot_ask *ask, el_group_key *key)
{
    el_str_copy(key->model, sizeof key->model, ask->model);
    el_str_copy(key->gpu, sizeof key->gpu, ask->gpu);
    el_str_copy(key->precision, sizeof key->precision,
                ask->precision ? ask->precision : "");
    el_str_copy(key->engine, sizeof key->engine,
                ask->engine ? ask->engine : "");
    name_defaults(key);
}

/* Key, and the lengths that a fit has seen. */
static el_status choose(const el_predictor *predictor,
                        const el_sweetspot_ask *ask, el_group_key *key,
                        el_length_range *range, el_error *err)
{
    const el_fit_wish wish = {ask->model, ask->gpu, ask->precision,
                              ask->engine};
    const el_model *m;
    el_fit_pick *pick;
    el_status st;

    *range = usual;
    if (ask->model && el_model_is_path(ask->model)) {
        if (!ask->gpu || strlen(ask->model) >= sizeof key->model)
            return el_fail(err, EL_E_ARG,
                           ask->gpu ? "--model: the path is too long"
                                    : "--gpu: needed with a "
                                      "config.json");
        take_path(ask, key);
        return EL_OK;
    }
    pick = el_array(1, sizeof *pick);
    if (!pick)
        return el_fail(err, EL_E_NOMEM, "sweetspot: out of memory");
    st = el_fit_pick_find(el_predictor_set(predictor),
                          el_predictor_catalog(predictor), &wish, pick, err);
    if (st == EL_OK) {
        *key = pick->key;
        if (!ask->fit_path)
            name_defaults(key);
        m = &pick->fit->model[EL_TARGET_ENERGY];
        if (m->n_rows > 0 && m->lo[EL_AXIS_ISL] >= 1.0 &&
            m->hi[EL_AXIS_ISL] > m->lo[EL_AXIS_ISL]) {
            range->isl_lo = ceil(m->lo[EL_AXIS_ISL]);
            range->isl_hi = floor(m->hi[EL_AXIS_ISL]);
        }
        if (m->n_rows > 0 && m->lo[EL_AXIS_OSL] >= 1.0 &&
            m->hi[EL_AXIS_OSL] > m->lo[EL_AXIS_OSL]) {
            range->osl_lo = ceil(m->lo[EL_AXIS_OSL]);
            range->osl_hi = floor(m->hi[EL_AXIS_OSL]);
        }
    }
    el_free(pick);
    return st;
}

el_status el_sweetspot_from_predictor(const el_sweetspot_ask *ask,
                                      const el_task *task,
                                      el_sweetspot_answer *out, el_error *err)
{
    const el_boundary boundary = {
        .scope = EL_SCOPE_GPUS, .node_gpus = EL_UNKNOWN, .pue = 1.0};
    el_predictor *predictor = NULL;
    el_length_range range;
    el_status st = el_predictor_open(ask->fit_path, ask->catalog_dir, &boundary,
                                     &predictor, err);

    out->basis = ask->fit_path ? EL_BASIS_FIT : EL_BASIS_ANALYTIC;
    if (st == EL_OK)
        st = choose(predictor, ask, &out->key, &range, err);
    if (st == EL_OK)
        st = el_sweetspot_grid(ask, &range, out, err);
    if (st == EL_OK)
        st = predict_all(predictor, ask, task, out, err);
    el_predictor_close(predictor);
    return st;
}
