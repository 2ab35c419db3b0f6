/* SPDX-License-Identifier: Apache-2.0 */
#include "model/predict.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/answer.h"
#include "model/forms.h"
#include "model/nlls.h"

#define PRIOR_NOISE_SD                                                         \
    0.15 /* ln: of a form nobody fitted, beside its prior                      \
          */
#define PRIOR_DF  4.0
#define SISTER_SD 0.10 /* ln: other precision or engine, same silicon */

const char *el_source_name(el_source source)
{
    static const char *const name[] = {"MEASURED", "FITTED", "EXTRAPOLATED",
                                       "CALIBRATED", "MODELLED"};

    return name[source];
}

el_prediction el_prediction_unknown(void)
{
    const double na = EL_UNKNOWN;
    el_prediction p = {.energy_per_request_j = na,
                       .energy_per_request_lo_j = na,
                       .energy_per_request_hi_j = na,
                       .energy_per_output_token_j = na,
                       .prefill_energy_j = na,
                       .decode_energy_j = na,
                       .energy_j = na,
                       .latency_s = na,
                       .ttft_s = na,
                       .tpot_s = na,
                       .ttft_lo_s = na,
                       .ttft_hi_s = na,
                       .tpot_lo_s = na,
                       .tpot_hi_s = na,
                       .avg_power_w = na,
                       .spread_ln = na};

    return p;
}

/* How well a fit answers for a key: 0 not at all, 3 the same group. */
static int closeness(const el_group_fit *fit, const el_group_key *key)
{
    bool same_name = el_str_eq_nocase(fit->key.model, key->model);
    bool same_model =
        same_name ||
        (*key->model_slug && strcmp(fit->key.model_slug, key->model_slug) == 0);
    bool same_setup = el_str_eq_nocase(fit->key.precision, key->precision) &&
                      el_str_eq_nocase(fit->key.engine, key->engine);

    if (!same_model || !el_str_eq_nocase(fit->key.gpu, key->gpu))
        return 0;
    return 1 + (same_setup ? 2 : 0) + (same_name ? 1 : 0);
}

static void note_difference(const el_group_fit *fit, const el_group_key *key,
                            el_match *match)
{
    if (!el_str_eq_nocase(fit->key.precision, key->precision)) {
        match->source = EL_SOURCE_EXTRAPOLATED;
        (void)snprintf(match->note, sizeof match->note,
                       "precision: fitted on %.60s", fit->key.precision);
    } else if (!el_str_eq_nocase(fit->key.engine, key->engine)) {
        match->source = EL_SOURCE_EXTRAPOLATED;
        (void)snprintf(match->note, sizeof match->note,
                       "engine: fitted on %.60s", fit->key.engine);
    }
}

el_match el_fit_match(const el_fit_set *set, const el_group_key *key)
{
    el_match match = {NULL, EL_SOURCE_FITTED, ""};
    int best = 0;

    for (size_t i = 0; i < set->n; i++) {
        const el_group_fit *fit = &set->fit[i];
        size_t rows = fit->model[EL_TARGET_ENERGY].n_rows;
        int c = closeness(fit, key);
        if (c > best || (c == best && c > 0 &&
                         rows > match.fit->model[EL_TARGET_ENERGY].n_rows)) {
            best = c;
            match.fit = fit;
        }
    }
    if (match.fit)
        note_difference(match.fit, key, &match);
    return match;
}

static void model_from_prior(const el_form *form, const el_facts *facts,
                             el_target target, el_model *m)
{
    el_param_spec spec[EL_MAX_PARAMS];
    el_fit_data data = {.target = target, .facts = facts};

    memset(m, 0, sizeof *m);
    m->form = form;
    m->target = target;
    m->facts = *facts;
    m->n_param = form->specify(&data, spec);
    for (size_t j = 0; j < m->n_param; j++) {
        m->param[j] = spec[j].centre;
        m->cov[j * m->n_param + j] = spec[j].sd * spec[j].sd;
    }
    m->noise.floor_sd = PRIOR_NOISE_SD;
    m->noise_df = PRIOR_DF;
    m->converged = true;
    for (el_axis a = 0; a < EL_N_AXES; a++)
        m->lo[a] = m->hi[a] = EL_UNKNOWN;
}

el_status el_fit_from_prior(const el_form *form, const el_group_key *key,
                            const el_facts *facts, el_group_fit *out,
                            el_error *err)
{
    el_group_fit fit = {.key = *key, .facts = *facts};

    if (form->formula == NULL || !(form->targets & (1u << EL_TARGET_ITL)))
        return el_fail(err, EL_E_ARG, "%s: has no physical prior", form->name);
    for (el_target t = 0; t < EL_N_TARGETS; t++) {
        model_from_prior(form, facts, t, &fit.model[t]);
        fit.has[t] = true;
    }
    *out = fit;
    return EL_OK;
}

/* The model for other facts, in *room: parameters move with their physical
 * centres. */
static const el_model *transfer(const el_model *model, const el_facts *facts,
                                el_model *room)
{
    el_param_spec before[EL_MAX_PARAMS], after[EL_MAX_PARAMS];

    if (el_facts_equal(&model->facts, facts))
        return model;
    *room = *model;
    (void)el_model_specify(room, before);
    room->facts = *facts;
    (void)el_model_specify(room, after);
    for (size_t j = 0; j < room->n_param; j++)
        room->param[j] += after[j].centre - before[j].centre;
    return room;
}

static int find_workload(const el_model *m, const char *workload)
{
    for (size_t i = 0; i < m->n_workload; i++) {
        if (strncmp(m->workload[i], workload, EL_LABEL_LEN - 1) == 0)
            return (int)i;
    }
    return -1;
}

static el_point asked(const el_model *m, el_point point, const char *workload)
{
    point.workload = find_workload(m, workload);
    if (m->prompts_unknown)
        point.steady = true; /* as its rows were */
    return point;
}

/* One target at one point with its spread; NaN when it was not fitted. */
typedef struct estimate {
    double y, sd;
} estimate;

static el_status estimate_at(const el_model *model, const el_facts *facts,
                             const el_point *point, const char *workload,
                             const double *run_s, estimate *out, el_error *err)
{
    el_model room;
    const el_model *m = transfer(model, facts, &room);
    el_point p = asked(m, *point, workload);

    el_model_predict(m, &p, 1, &out->y);
    return el_model_spread(m, &p, 1, run_s, &out->sd, err);
}

static double widen(const el_model *m, double sd)
{
    return exp(el_model_quantile(m, EL_LEVEL) * sd);
}

static el_status predict_times(const el_group_fit *fit, const el_facts *facts,
                               const el_point *point, const char *workload,
                               el_prediction *p, el_error *err)
{
    const struct {
        el_target target;
        double *value, *lo, *hi;
    } time[] = {
        {EL_TARGET_LATENCY, &p->latency_s, NULL, NULL},
        {EL_TARGET_TTFT, &p->ttft_s, &p->ttft_lo_s, &p->ttft_hi_s},
        {EL_TARGET_ITL, &p->tpot_s, &p->tpot_lo_s, &p->tpot_hi_s},
    };

    for (size_t i = 0; i < sizeof time / sizeof *time; i++) {
        const el_model *m = &fit->model[time[i].target];
        estimate e;
        el_status st;
        if (!fit->has[time[i].target])
            continue;
        st = estimate_at(m, facts, point, workload, NULL, &e, err);
        if (st != EL_OK)
            return st;
        *time[i].value = e.y;
        if (time[i].lo) {
            double factor = widen(m, e.sd);
            *time[i].lo = e.y / factor;
            *time[i].hi = e.y * factor;
        }
    }
    if (!el_is_known(p->latency_s))
        p->latency_s = el_served_s(p, point->osl);
    return EL_OK;
}

#define TOGETHER 16u /* points in memory */

/* One target at a few points, as estimate_at does. */
static void predict_few(const el_model *model, const el_facts *facts,
                        const el_point *point, size_t n, const char *workload,
                        double y[TOGETHER])
{
    el_model room;
    const el_model *m = transfer(model, facts, &room);
    el_point p[TOGETHER];

    for (size_t i = 0; i < n; i++)
        p[i] = asked(m, point[i], workload);
    el_model_predict(m, p, n, y);
}

void el_fit_times(const el_group_fit *fit, const el_facts *facts,
                  const el_point *point, size_t n, const char *workload,
                  el_prediction *out)
{
    double y[EL_N_TARGETS][TOGETHER];

    for (size_t from = 0; from < n; from += TOGETHER) {
        size_t few = n - from < TOGETHER ? n - from : TOGETHER;

        for (el_target t = 0; t < EL_N_TARGETS; t++)
            if (fit->has[t] && t != EL_TARGET_ENERGY)
                predict_few(&fit->model[t], facts, point + from, few, workload,
                            y[t]);
        for (size_t i = 0; i < few; i++) {
            el_prediction p = el_prediction_unknown();

            if (fit->has[EL_TARGET_LATENCY])
                p.latency_s = y[EL_TARGET_LATENCY][i];
            if (fit->has[EL_TARGET_TTFT])
                p.ttft_s = y[EL_TARGET_TTFT][i];
            if (fit->has[EL_TARGET_ITL])
                p.tpot_s = y[EL_TARGET_ITL][i];
            if (!el_is_known(p.latency_s))
                p.latency_s = el_served_s(&p, point[from + i].osl);
            out[from + i] = p;
        }
    }
}

static void predict_phases(const el_group_fit *fit, const el_facts *facts,
                           el_point point, const char *workload,
                           el_prediction *p)
{
    const el_model *m = &fit->model[EL_TARGET_ENERGY];
    el_model room;

    if (!m->form->explain)
        return;
    m = transfer(m, facts, &room);
    point = asked(m, point, workload);
    m->form->explain(m, &point, &p->terms);
    for (size_t i = 0; i < p->terms.n; i++)
        p->terms.term[i].value /= point.batch;
    if (!el_is_known(point.isl)) { /* a latent prompt is no measured phase */
        p->terms.prefill = p->terms.decode = EL_UNKNOWN;
        return;
    }
    p->prefill_energy_j = p->terms.prefill / point.batch;
    p->decode_energy_j = p->terms.decode / point.batch;
    p->terms.prefill = p->prefill_energy_j;
    p->terms.decode = p->decode_energy_j;
}

void el_prediction_note_range(const double lo[EL_N_AXES],
                              const double hi[EL_N_AXES], const el_point *point,
                              el_prediction *p)
{
    const double slack = 1.0 + 1e-9;

    for (el_axis a = 0; a < EL_N_AXES; a++) {
        double v = el_point_axis(point, a);
        size_t len = strlen(p->note);

        if (!(v > hi[a] * slack || v * slack < lo[a]))
            continue;
        p->extrapolated_axes |= 1u << a;
        if (len + 1 < sizeof p->note)
            (void)snprintf(p->note + len, sizeof p->note - len,
                           "%s%s %g outside %g..%g", len ? "; " : "",
                           el_axis_name(a), v, lo[a], hi[a]);
    }
}

el_status el_fit_predict(const el_group_fit *fit, const el_facts *facts,
                         const el_point *point, const char *workload,
                         double batch_size, el_prediction *out, el_error *err)
{
    const el_model *m = &fit->model[EL_TARGET_ENERGY];
    el_prediction p = el_prediction_unknown();
    bool sister = !el_facts_equal(&fit->facts, facts);
    estimate e;
    double factor;
    el_status st;

    st = predict_times(fit, facts, point, workload, &p, err);
    if (st == EL_OK)
        st = estimate_at(m, facts, point, workload,
                         point->steady ? NULL : &p.latency_s, &e, err);
    if (st != EL_OK)
        return st;
    p.source = m->n_rows > 0 ? EL_SOURCE_FITTED : EL_SOURCE_MODELLED;
    p.spread_ln = sister ? hypot(e.sd, SISTER_SD) : e.sd;
    p.energy_per_request_j = e.y / point->batch;
    factor = widen(m, p.spread_ln);
    p.energy_per_request_lo_j = p.energy_per_request_j / factor;
    p.energy_per_request_hi_j = p.energy_per_request_j * factor;
    p.energy_per_output_token_j = p.energy_per_request_j / point->osl;
    p.energy_j = p.energy_per_request_j * batch_size * point->dp;
    /* every replica spends its share of the batch's joules in latency_s */
    p.avg_power_w = e.y * point->dp / p.latency_s;
    predict_phases(fit, facts, *point, workload, &p);
    p.does_not_fit =
        el_facts_kv_capacity(facts, el_point_shards(point), point->pp) <= 0.0;
    if (p.source == EL_SOURCE_FITTED) {
        el_prediction_note_range(m->lo, m->hi, point, &p);
        if (p.extrapolated_axes)
            p.source = EL_SOURCE_EXTRAPOLATED;
    }
    *out = p;
    return EL_OK;
}
