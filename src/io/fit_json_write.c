/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "io/fit_json.h"
#include "io/fit_json_part.h"
#include "io/json.h"
#include "model/bootstrap_fit.h"
#include "model/law_feature.h"
#include "model/names.h"

/* An object that remembers whether anything could not be added. */
typedef struct writer {
    json_t *object;
    bool bad;
} writer;

static writer begin(void)
{
    writer w = {json_object(), false};

    w.bad = !w.object;
    return w;
}

/* Steals value; NULL (out of memory) is remembered. */
static void put(writer *w, const char *key, json_t *value)
{
    if (json_object_set_new(w->object, key, value) != 0)
        w->bad = true;
}

static void put_number(writer *w, const char *key, double v)
{
    put(w, key, el_json_number(v));
}

static void put_count(writer *w, const char *key, size_t n)
{
    put(w, key, json_integer((json_int_t)n));
}

static void put_text(writer *w, const char *key, const char *text)
{
    put(w, key, json_string(text));
}

static void put_bool(writer *w, const char *key, bool value)
{
    put(w, key, json_boolean(value));
}

/* NULL if anything failed. */
static json_t *end(writer *w)
{
    if (!w->bad)
        return w->object;
    json_decref(w->object);
    return NULL;
}

static void append(json_t *array, json_t *value, bool *bad)
{
    if (json_array_append_new(array, value) != 0)
        *bad = true;
}

static json_t *end_array(json_t *array, bool bad)
{
    if (array && !bad)
        return array;
    json_decref(array);
    return NULL;
}

static json_t *facts_json(const el_facts *facts)
{
    writer w = begin();

#define X(member) put_number(&w, #member, facts->member);
    EL_FACTS_LIST(X)
#undef X
    return end(&w);
}

static json_t *cleaning_json(const el_cleaning *cleaning)
{
    writer w = begin();

#define X(member) put_count(&w, #member, cleaning->member);
    EL_CLEANING_LIST(X)
#undef X
    return end(&w);
}

static json_t *noise_json(const el_model *m)
{
    writer w = begin();

    put_number(&w, "floor_sd", m->noise.floor_sd);
    put_number(&w, "jitter_sd", m->noise.jitter_sd);
    put_number(&w, "df", m->noise_df);
    return end(&w);
}

static json_t *range_json(double lo, double hi)
{
    writer w = begin();

    put_number(&w, "lo", lo);
    put_number(&w, "hi", hi);
    return end(&w);
}

static json_t *ranges_json(const el_model *m)
{
    writer w = begin();

    for (el_axis a = 0; a < EL_N_AXES; a++)
        put(&w, el_axis_name(a), range_json(m->lo[a], m->hi[a]));
    return end(&w);
}

static json_t *workloads_json(const el_model *m)
{
    json_t *list = json_array();
    bool bad = false;

    for (size_t i = 0; i < m->n_workload; i++)
        append(list, json_string(m->workload[i]), &bad);
    return end_array(list, bad);
}

static json_t *parameter_json(const el_param_spec *spec, double fitted,
                              el_span i)
{
    writer w = begin();
    bool e = spec->is_log;

    put_number(&w, "fitted", fitted);
    put_number(&w, "value", e ? exp(fitted) : fitted);
    put_number(&w, "lo", e ? exp(i.lo) : i.lo);
    put_number(&w, "hi", e ? exp(i.hi) : i.hi);
    put_text(&w, "unit", spec->unit);
    put_text(&w, "meaning", spec->meaning);
    return end(&w);
}

static json_t *parameters_json(const el_model *m, const el_param_spec *spec,
                               const el_span *interval)
{
    writer w = begin();

    for (size_t j = 0; j < m->n_param; j++) {
        char key[EL_PARAM_KEY];

        el_fit_param_key(spec, j, key);
        put(&w, key,
            parameter_json(&spec[j], m->param[j],
                           interval ? interval[j] : el_param_interval(m, j)));
    }
    return end(&w);
}

static json_t *row_json(const double *v, size_t n)
{
    json_t *row = json_array();
    bool bad = false;

    for (size_t i = 0; i < n; i++)
        append(row, el_json_number(v[i]), &bad);
    return end_array(row, bad);
}

static json_t *covariance_json(const el_model *m, const el_param_spec *spec)
{
    writer w = begin();
    json_t *order = json_array(), *lower = json_array();
    bool bad = false;

    for (size_t j = 0; j < m->n_param; j++) {
        char key[EL_PARAM_KEY];

        el_fit_param_key(spec, j, key);
        append(order, json_string(key), &bad);
        append(lower, row_json(&m->cov[j * m->n_param], j + 1), &bad);
    }
    put(&w, "order", order);
    put(&w, "lower", lower);
    w.bad = w.bad || bad;
    return end(&w);
}

static json_t *law_json(const el_expr *law)
{
    el_buf text = {0};
    json_t *v;

    el_law_print(law, EL_NOTATION_TEXT, 0, &text);
    v = el_buf_ok(&text) ? json_string(el_buf_text(&text)) : NULL;
    el_buf_clear(&text);
    return v;
}

static json_t *model_json(const el_model *m, const el_span *interval)
{
    el_param_spec spec[EL_MAX_PARAMS];
    writer w = begin();

    (void)el_model_specify(m, spec);
    put_text(&w, "form", m->form->name);
    if (m->law.n_node > 0)
        put(&w, "law", law_json(&m->law));
    put_count(&w, "n_rows", m->n_rows);
    put_count(&w, "iterations", m->iterations);
    put_bool(&w, "converged", m->converged);
    put_number(&w, "loss", m->loss);
    put(&w, "noise", noise_json(m));
    put(&w, "ranges", ranges_json(m));
    put_bool(&w, "prompts_unknown", m->prompts_unknown);
    put(&w, "workloads", workloads_json(m));
    put(&w, "parameters", parameters_json(m, spec, interval));
    put(&w, "covariance", covariance_json(m, spec));
    return end(&w);
}

static json_t *targets_json(const el_group_fit *fit, const el_span *interval)
{
    writer w = begin();

    for (el_target t = 0; t < EL_N_TARGETS; t++) {
        const el_span *own = t == EL_TARGET_ENERGY ? interval : NULL;

        if (fit->has[t])
            put(&w, el_target_name(t), model_json(&fit->model[t], own));
    }
    return end(&w);
}

static json_t *slice_json(const el_residual_slice *s)
{
    writer w = begin();

    put_text(&w, "axis", el_axis_name(s->axis));
    put_number(&w, "lo", s->lo);
    put_number(&w, "hi", s->hi);
    put_count(&w, "n", s->n);
    put_number(&w, "mean_ln", s->mean_ln);
    put_number(&w, "rms_ln", s->rms_ln);
    return end(&w);
}

static json_t *residuals_json(const el_group_fit *fit)
{
    json_t *list = json_array();
    bool bad = false;

    for (size_t i = 0; i < fit->n_slice; i++)
        append(list, slice_json(&fit->slice[i]), &bad);
    return end_array(list, bad);
}

static json_t *fit_json(const el_group_fit *fit, const el_span *interval)
{
    writer w = begin();

    put_text(&w, "model", fit->key.model);
    put_text(&w, "model_slug", fit->key.model_slug);
    put_text(&w, "gpu", fit->key.gpu);
    put_text(&w, "precision", fit->key.precision);
    put_text(&w, "engine", fit->key.engine);
    put(&w, "facts", facts_json(&fit->facts));
    put(&w, "cleaning", cleaning_json(&fit->cleaning));
    put_number(&w, "mape_pct", fit->mape_pct);
    put_bool(&w, "leaned_on_prior", fit->leaned_on_prior);
    put(&w, "residuals", residuals_json(fit));
    put(&w, "targets", targets_json(fit, interval));
    return end(&w);
}

static json_t *options_json(const el_fit_set *set)
{
    writer w = begin();

    put_number(&w, "min_latency_s", set->min_latency_s);
    put_bool(&w, "sessions", set->sessions);
    put_bool(&w, "keep_flagged", set->keep_flagged);
    return end(&w);
}

static json_t *set_json(const el_fit_set *set, const el_bootstrap *bootstrap)
{
    writer w = begin();
    json_t *fits = json_array();
    bool bad = false;

    for (size_t i = 0; i < set->n; i++)
        append(fits,
               fit_json(&set->fit[i], bootstrap ? bootstrap->param[i] : NULL),
               &bad);
    put(&w, "fits", fits);
    put_text(&w, "form", set->form);
    put_text(&w, "prior", el_prior_name(set->prior));
    put_text(&w, "scope", el_scope_name(set->scope));
    put_text(&w, "source", set->source);
    put_text(&w, "data_hash", set->data_hash);
    put(&w, "cleaning", options_json(set));
    put_count(&w, "bootstrap_draws", bootstrap ? bootstrap->n_draw : 0);
    w.bad = w.bad || bad;
    return end(&w);
}

/* A fit file never holds null where predictions need a number. */
static el_status check_finite(const el_group_fit *fit, el_error *err)
{
    for (el_target t = 0; t < EL_N_TARGETS; t++) {
        const el_model *m = &fit->model[t];
        bool ok = true;

        if (!fit->has[t])
            continue;
        for (size_t j = 0; j < m->n_param; j++)
            ok = ok && isfinite(m->param[j]);
        for (size_t j = 0; j < m->n_param * m->n_param; j++)
            ok = ok && isfinite(m->cov[j]);
        ok = ok && isfinite(m->noise.floor_sd) && isfinite(m->noise.jitter_sd);
        if (!ok)
            return el_fail(err, EL_E_NUMERIC,
                           "fit of %s on %s: %s: a parameter is not finite",
                           fit->key.model, fit->key.gpu, el_target_name(t));
    }
    return EL_OK;
}

el_status el_fit_set_to_json(const el_fit_set *set,
                             const el_bootstrap *bootstrap, json_t **out,
                             el_error *err)
{
    json_t *result;

    if (!set || !out || (bootstrap && bootstrap->n != set->n))
        return el_fail(err, EL_E_ARG, "fit file: NULL, or another bootstrap");
    for (size_t i = 0; i < set->n; i++) {
        el_status st = check_finite(&set->fit[i], err);

        if (st != EL_OK)
            return st;
    }
    result = set_json(set, bootstrap);
    if (!result)
        return el_fail(err, EL_E_NOMEM, "fit file: out of memory");
    *out = result;
    return EL_OK;
}
