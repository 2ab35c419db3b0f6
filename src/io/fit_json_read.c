/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/csv_text.h"
#include "io/fit_json.h"
#include "io/fit_json_part.h"
#include "io/json.h"
#include "model/forms.h"
#include "model/law_feature.h"

#define MAX_FITS   100000u
#define MAX_PARAM  1e4  /* ln or exponent: exp() of more is no joule */
#define VALUE_RTOL 1e-9 /* `value` must be what `fitted` says */
#define PLACE      256u
#define MAX_COUNT  9007199254740992.0 /* 2^53 */

/* An object of the document and where it stands, for messages. */
typedef struct place {
    const json_t *object;
    char where[PLACE];
    el_error *err;
} place;

static el_status bad(const place *p, const char *key, const char *what)
{
    size_t n = strlen(p->where);
    const char *joint = n == 0 ? "" : p->where[n - 1] == ':' ? " " : ".";

    return el_fail(p->err, EL_E_DATA, "%s%s%s: %s", p->where, joint, key, what);
}

/* The value below key as a place of its own. EL_E_DATA where it is missing. */
static el_status enter(const place *p, const char *key, place *out)
{
    size_t n = strlen(p->where);
    const char *joint = n == 0 ? "" : p->where[n - 1] == ':' ? " " : ".";

    out->object = json_object_get(p->object, key);
    out->err = p->err;
    if (!out->object)
        return bad(p, key, "missing");
    (void)snprintf(out->where, PLACE, "%.200s%s%.48s", p->where, joint, key);
    return EL_OK;
}

static place element(const place *list, size_t i)
{
    place e = {json_array_get(list->object, i), "", list->err};

    (void)snprintf(e.where, PLACE, "%.230s[%zu]", list->where, i);
    return e;
}

static el_status only(const place *p, const char *const *keys)
{
    return el_json_only_keys(p->object, p->where, keys, p->err);
}

static el_status enter_array(const place *p, const char *key, place *out)
{
    el_status st = enter(p, key, out);

    if (st == EL_OK && !json_is_array(out->object))
        st = bad(p, key, "not an array");
    return st;
}

/* A number that may be null: then NaN. */
static el_status get_known(const place *p, const char *key, double *out)
{
    if (!json_object_get(p->object, key))
        return bad(p, key, "missing");
    return el_json_get_number(p->object, p->where, key, out, p->err);
}

static el_status get_number(const place *p, const char *key, double lo,
                            double hi, double *out)
{
    double v = 0.0;
    el_status st = get_known(p, key, &v);
    char what[96];

    if (st != EL_OK)
        return st;
    if (!el_is_known(v))
        return bad(p, key, "is null, want a number");
    if (v < lo || v > hi) {
        (void)snprintf(what, sizeof what, "is %g, must be from %g to %g", v, lo,
                       hi);
        return bad(p, key, what);
    }
    *out = v;
    return EL_OK;
}

static el_status get_count(const place *p, const char *key, size_t *out)
{
    const json_t *v = json_object_get(p->object, key);
    double n = 0.0;
    el_status st = get_number(p, key, 0.0, MAX_COUNT, &n);

    if (st != EL_OK)
        return st;
    if (!json_is_integer(v))
        return bad(p, key, "not a whole number");
    *out = (size_t)json_integer_value(v);
    return EL_OK;
}

static el_status get_bool(const place *p, const char *key, bool *out)
{
    const json_t *v = json_object_get(p->object, key);

    if (!json_is_boolean(v))
        return bad(p, key, v ? "not true or false" : "missing");
    *out = json_is_true(v);
    return EL_OK;
}

static el_status get_text(const place *p, const char *key, char *out,
                          size_t cap)
{
    const json_t *v = json_object_get(p->object, key);

    if (!json_is_string(v))
        return bad(p, key, v ? "not a string" : "missing");
    if (json_string_length(v) >= cap)
        return bad(p, key, "too long");
    el_str_copy(out, cap, json_string_value(v));
    return EL_OK;
}

/* Which of n names the text below key is. */
static el_status get_choice(const place *p, const char *key,
                            const char *(*name)(size_t), size_t n, size_t *out)
{
    char text[EL_LABEL_LEN];
    char shown[EL_SHOW_SIZE], what[PLACE];
    el_status st = get_text(p, key, text, sizeof text);

    for (size_t i = 0; st == EL_OK && i < n; i++) {
        if (strcmp(text, name(i)) == 0) {
            *out = i;
            return EL_OK;
        }
    }
    if (st != EL_OK)
        return st;
    el_text_show(shown, text, strlen(text));
    (void)snprintf(what, sizeof what, "unknown %s %s", key, shown);
    return bad(p, key, what);
}

static const char *prior_at(size_t i)
{
    return el_prior_name((el_prior)i);
}

static const char *scope_at(size_t i)
{
    return el_scope_name((el_scope)i);
}

static const char *axis_at(size_t i)
{
    return el_axis_name((el_axis)i);
}

static el_status read_facts(const place *fit, el_facts *out)
{
#define X(member) #member,
    static const char *const keys[] = {EL_FACTS_LIST(X) NULL};
#undef X
    place p;
    el_status st = enter(fit, "facts", &p);

    if (st == EL_OK)
        st = only(&p, keys);
#define X(member)                                                              \
    if (st == EL_OK)                                                           \
        st = get_known(&p, #member, &out->member);
    EL_FACTS_LIST(X)
#undef X
    if (st == EL_OK && el_is_known(out->arch) &&
        !(out->arch >= 0.0 && out->arch <= EL_ARCH_VLM))
        st = bad(&p, "arch", "not a kind of network");
    return st;
}

static el_status read_cleaning(const place *fit, el_cleaning *out)
{
#define X(member) #member,
    static const char *const keys[] = {EL_CLEANING_LIST(X) NULL};
#undef X
    place p;
    el_status st = enter(fit, "cleaning", &p);

    if (st == EL_OK)
        st = only(&p, keys);
#define X(member)                                                              \
    if (st == EL_OK)                                                           \
        st = get_count(&p, #member, &out->member);
    EL_CLEANING_LIST(X)
#undef X
    return st;
}

static el_status read_form(const place *target, el_model *m)
{
    char name[EL_LABEL_LEN];
    char shown[EL_SHOW_SIZE], what[PLACE];
    el_status st = get_text(target, "form", name, sizeof name);

    if (st != EL_OK)
        return st;
    m->form = el_form_find(name);
    el_text_show(shown, name, strlen(name));
    if (!m->form)
        (void)snprintf(what, sizeof what, "unknown form %s", shown);
    else if (!(m->form->targets & (1u << m->target)))
        (void)snprintf(what, sizeof what, "%s does not fit %s", name,
                       el_target_name(m->target));
    else
        return EL_OK;
    return bad(target, "form", what);
}

/* Of the form discovered alone, which is nothing without one. */
static el_status read_law(const place *target, el_model *m)
{
    const json_t *law = json_object_get(target->object, "law");
    el_error why;

    if (m->form != &el_form_discovered)
        return law ? bad(target, "law", "only of the form discovered") : EL_OK;
    if (!json_is_string(law))
        return bad(target, "law", "missing, or no text");
    if (el_law_parse(json_string_value(law), &m->law, &why) != EL_OK)
        return bad(target, "law", why.message);
    return EL_OK;
}

static el_status read_noise(const place *target, el_model *m)
{
    static const char *const keys[] = {"floor_sd", "jitter_sd", "df", NULL};
    double df_min = m->form->traits & EL_FORM_PREDICTS ? 1.0 : 0.0;
    place p;
    el_status st = enter(target, "noise", &p);

    if (st == EL_OK)
        st = only(&p, keys);
    if (st == EL_OK)
        st = get_number(&p, "floor_sd", 0.0, MAX_PARAM, &m->noise.floor_sd);
    if (st == EL_OK)
        st = get_number(&p, "jitter_sd", 0.0, MAX_PARAM, &m->noise.jitter_sd);
    if (st == EL_OK)
        st = get_number(&p, "df", df_min, MAX_COUNT, &m->noise_df);
    return st;
}

static el_status read_range(const place *ranges, el_axis axis, el_model *m)
{
    static const char *const keys[] = {"lo", "hi", NULL};
    place p;
    el_status st = enter(ranges, el_axis_name(axis), &p);

    if (st == EL_OK)
        st = only(&p, keys);
    if (st == EL_OK)
        st = get_known(&p, "lo", &m->lo[axis]);
    if (st == EL_OK)
        st = get_known(&p, "hi", &m->hi[axis]);
    if (st == EL_OK && m->lo[axis] > m->hi[axis])
        st = bad(&p, "hi", "below lo");
    return st;
}

static el_status read_ranges(const place *target, el_model *m)
{
    const char *keys[EL_N_AXES + 1] = {NULL};
    place p;
    el_status st = enter(target, "ranges", &p);

    for (el_axis a = 0; a < EL_N_AXES; a++)
        keys[a] = el_axis_name(a);
    if (st == EL_OK)
        st = only(&p, keys);
    for (el_axis a = 0; st == EL_OK && a < EL_N_AXES; a++)
        st = read_range(&p, a, m);
    return st;
}

static el_status read_workloads(const place *target, el_model *m)
{
    place list;
    el_status st = get_bool(target, "prompts_unknown", &m->prompts_unknown);

    if (st == EL_OK)
        st = enter_array(target, "workloads", &list);
    if (st != EL_OK)
        return st;
    m->n_workload = json_array_size(list.object);
    if (m->n_workload > EL_MAX_WORKLOADS)
        return bad(target, "workloads", "too many");
    for (size_t i = 0; i < m->n_workload; i++) {
        const json_t *label = json_array_get(list.object, i);

        if (!json_is_string(label) || json_string_length(label) >= EL_LABEL_LEN)
            return bad(target, "workloads", "not a list of short names");
        el_str_copy(m->workload[i], EL_LABEL_LEN, json_string_value(label));
    }
    return EL_OK;
}

static el_status read_parameter(const place *params, const char *key,
                                bool is_log, double *out)
{
    static const char *const keys[] = {"fitted", "value",   "lo", "hi",
                                       "unit",   "meaning", NULL};
    place p;
    double value = 0.0, want;
    el_status st = enter(params, key, &p);

    if (st == EL_OK)
        st = only(&p, keys);
    if (st == EL_OK)
        st = get_number(&p, "fitted", -MAX_PARAM, MAX_PARAM, out);
    if (st == EL_OK)
        st = get_known(&p, "value", &value);
    if (st != EL_OK)
        return st;
    /* somebody who edits one by hand learns which one counts */
    want = is_log ? exp(*out) : *out;
    if (!(fabs(value - want) <= VALUE_RTOL * fabs(want)) && isfinite(want))
        return bad(&p, "value",
                   is_log ? "differs from exp(fitted): change both"
                          : "differs from fitted: change both");
    return EL_OK;
}

static el_status read_parameters(const place *target, el_model *m,
                                 char key[][EL_PARAM_KEY])
{
    el_param_spec spec[EL_MAX_PARAMS];
    const char *known[EL_MAX_PARAMS + 1] = {NULL};
    place p;
    el_status st = enter(target, "parameters", &p);

    m->n_param = el_model_specify(m, spec);
    for (size_t j = 0; j < m->n_param; j++) {
        el_fit_param_key(spec, j, key[j]);
        known[j] = key[j];
    }
    if (st == EL_OK)
        st = only(&p, known);
    for (size_t j = 0; st == EL_OK && j < m->n_param; j++)
        st = read_parameter(&p, key[j], spec[j].is_log, &m->param[j]);
    return st;
}

static el_status read_order(const place *cov, const el_model *m,
                            char key[][EL_PARAM_KEY])
{
    place list;
    el_status st = enter_array(cov, "order", &list);

    if (st == EL_OK && json_array_size(list.object) != m->n_param)
        st = bad(cov, "order", "not as many names as parameters");
    for (size_t j = 0; st == EL_OK && j < m->n_param; j++) {
        const char *name = json_string_value(json_array_get(list.object, j));

        if (!name || strcmp(name, key[j]) != 0) {
            char what[PLACE];

            (void)snprintf(what, sizeof what, "place %zu must be \"%s\"", j,
                           key[j]);
            st = bad(cov, "order", what);
        }
    }
    return st;
}

static el_status read_row(const place *row, size_t j, el_model *m)
{
    if (!json_is_array(row->object) || json_array_size(row->object) != j + 1)
        return el_fail(row->err, EL_E_DATA, "%s: not a row of %zu numbers",
                       row->where, j + 1);
    for (size_t k = 0; k <= j; k++) {
        const json_t *v = json_array_get(row->object, k);
        double c = json_number_value(v);

        if (!json_is_number(v) || (k == j && c < 0.0))
            return el_fail(row->err, EL_E_DATA, "%s[%zu]: %s", row->where, k,
                           json_is_number(v) ? "a variance below 0"
                                             : "not a number");
        m->cov[j * m->n_param + k] = m->cov[k * m->n_param + j] = c;
    }
    return EL_OK;
}

static el_status read_covariance(const place *target, el_model *m,
                                 char key[][EL_PARAM_KEY])
{
    static const char *const keys[] = {"order", "lower", NULL};
    place p, rows;
    el_status st = enter(target, "covariance", &p);

    if (st == EL_OK)
        st = only(&p, keys);
    if (st == EL_OK)
        st = read_order(&p, m, key);
    if (st == EL_OK)
        st = enter_array(&p, "lower", &rows);
    if (st == EL_OK && json_array_size(rows.object) != m->n_param)
        st = bad(&p, "lower", "not as many rows as parameters");
    for (size_t j = 0; st == EL_OK && j < m->n_param; j++) {
        place row = element(&rows, j);

        st = read_row(&row, j, m);
    }
    return st;
}

static el_status read_model(const place *p, const el_facts *facts,
                            el_target target, el_model *m)
{
    static const char *const keys[] = {
        "form",      "n_rows",     "iterations", "converged",
        "loss",      "noise",      "ranges",     "prompts_unknown",
        "workloads", "parameters", "covariance", "law",
        NULL};
    char key[EL_MAX_PARAMS][EL_PARAM_KEY];
    el_status st = only(p, keys);

    m->target = target;
    m->facts = *facts;
    if (st == EL_OK)
        st = read_form(p, m);
    if (st == EL_OK)
        st = read_law(p, m);
    if (st == EL_OK)
        st = get_count(p, "n_rows", &m->n_rows);
    if (st == EL_OK)
        st = get_count(p, "iterations", &m->iterations);
    if (st == EL_OK)
        st = get_bool(p, "converged", &m->converged);
    if (st == EL_OK)
        st = get_known(p, "loss", &m->loss);
    if (st == EL_OK)
        st = read_noise(p, m);
    if (st == EL_OK)
        st = read_ranges(p, m);
    if (st == EL_OK)
        st = read_workloads(p, m);
    if (st == EL_OK)
        st = read_parameters(p, m, key);
    if (st == EL_OK)
        st = read_covariance(p, m, key);
    return st;
}

static el_status read_targets(const place *fit, el_group_fit *out)
{
    const char *keys[EL_N_TARGETS + 1] = {NULL};
    place p;
    el_status st = enter(fit, "targets", &p);

    for (el_target t = 0; t < EL_N_TARGETS; t++)
        keys[t] = el_target_name(t);
    if (st == EL_OK)
        st = only(&p, keys);
    for (el_target t = 0; st == EL_OK && t < EL_N_TARGETS; t++) {
        place model;

        /* times may be absent; without energy there is no fit */
        if (t != EL_TARGET_ENERGY && !json_object_get(p.object, keys[t]))
            continue;
        st = enter(&p, keys[t], &model);
        if (st == EL_OK)
            st = read_model(&model, &out->facts, t, &out->model[t]);
        out->has[t] = st == EL_OK;
    }
    return st;
}

static el_status read_slice(const place *p, el_residual_slice *out)
{
    static const char *const keys[] = {"axis",    "lo",     "hi", "n",
                                       "mean_ln", "rms_ln", NULL};
    size_t axis = 0;
    el_status st = only(p, keys);

    if (st == EL_OK)
        st = get_choice(p, "axis", axis_at, EL_N_AXES, &axis);
    if (st == EL_OK)
        st = get_known(p, "lo", &out->lo);
    if (st == EL_OK)
        st = get_known(p, "hi", &out->hi);
    if (st == EL_OK)
        st = get_count(p, "n", &out->n);
    if (st == EL_OK)
        st = get_known(p, "mean_ln", &out->mean_ln);
    if (st == EL_OK)
        st = get_known(p, "rms_ln", &out->rms_ln);
    out->axis = (el_axis)axis;
    return st;
}

static el_status read_residuals(const place *fit, el_group_fit *out)
{
    place list;
    el_status st = enter_array(fit, "residuals", &list);

    if (st != EL_OK)
        return st;
    out->n_slice = json_array_size(list.object);
    if (out->n_slice > (size_t)EL_MAX_SLICES) {
        out->n_slice = 0;
        return bad(fit, "residuals", "too many");
    }
    for (size_t i = 0; st == EL_OK && i < out->n_slice; i++) {
        place p = element(&list, i);

        st = read_slice(&p, &out->slice[i]);
    }
    return st;
}

static el_status read_key(const place *p, el_group_key *key)
{
    el_status st = get_text(p, "model", key->model, EL_NAME_LEN);

    if (st == EL_OK)
        st = get_text(p, "model_slug", key->model_slug, EL_NAME_LEN);
    if (st == EL_OK)
        st = get_text(p, "gpu", key->gpu, EL_NAME_LEN);
    if (st == EL_OK)
        st = get_text(p, "precision", key->precision, EL_NAME_LEN);
    if (st == EL_OK)
        st = get_text(p, "engine", key->engine, EL_NAME_LEN);
    return st;
}

static el_status read_fit(const place *p, el_group_fit *out)
{
    static const char *const keys[] = {
        "model",           "model_slug", "gpu",      "precision", "engine",
        "facts",           "cleaning",   "mape_pct", "targets",   "residuals",
        "leaned_on_prior", NULL};
    el_status st = only(p, keys);

    if (st == EL_OK)
        st = read_key(p, &out->key);
    if (st == EL_OK)
        st = read_facts(p, &out->facts);
    if (st == EL_OK)
        st = read_cleaning(p, &out->cleaning);
    if (st == EL_OK)
        st = get_known(p, "mape_pct", &out->mape_pct);
    if (st == EL_OK)
        st = get_bool(p, "leaned_on_prior", &out->leaned_on_prior);
    if (st == EL_OK)
        st = read_residuals(p, out);
    if (st == EL_OK)
        st = read_targets(p, out);
    return st;
}

static el_status read_fits(const place *result, el_fit_set *out)
{
    place list;
    el_status st = enter_array(result, "fits", &list);
    size_t n = json_array_size(list.object);

    if (st != EL_OK)
        return st;
    if (n == 0 || n > MAX_FITS)
        return bad(result, "fits", n == 0 ? "is empty" : "too many");
    out->fit = el_array(n, sizeof *out->fit);
    if (!out->fit)
        return el_fail(result->err, EL_E_NOMEM, "fit file: %zu groups", n);
    out->n = n;
    for (size_t i = 0; st == EL_OK && i < n; i++) {
        place p = element(&list, i);

        st = read_fit(&p, &out->fit[i]);
    }
    return st;
}

static el_status read_options(const place *result, el_fit_set *out)
{
    static const char *const keys[] = {"min_latency_s", "sessions",
                                       "keep_flagged", NULL};
    place p;
    el_status st = enter(result, "cleaning", &p);

    if (st == EL_OK)
        st = only(&p, keys);
    if (st == EL_OK)
        st = get_number(&p, "min_latency_s", 0.0, MAX_COUNT,
                        &out->min_latency_s);
    if (st == EL_OK)
        st = get_bool(&p, "sessions", &out->sessions);
    if (st == EL_OK)
        st = get_bool(&p, "keep_flagged", &out->keep_flagged);
    return st;
}

el_status el_fit_result_read(const json_t *result, const char *where,
                             el_fit_set *out, el_error *err)
{
    static const char *const keys[] = {
        "fits",      "form",     "prior",           "scope", "source",
        "data_hash", "cleaning", "bootstrap_draws", NULL};
    place p = {result, "", err};
    size_t prior = 0, scope = 0, draws = 0;
    el_status st;

    (void)snprintf(p.where, PLACE, "%.240s result", where);
    if (!result)
        return el_fail(err, EL_E_DATA, "%s: missing", p.where);
    st = only(&p, keys);
    if (st == EL_OK)
        st = get_text(&p, "form", out->form, sizeof out->form);
    if (st == EL_OK)
        st = get_choice(&p, "prior", prior_at, 4, &prior);
    if (st == EL_OK)
        st = get_choice(&p, "scope", scope_at, 3, &scope);
    if (st == EL_OK)
        st = get_text(&p, "source", out->source, sizeof out->source);
    if (st == EL_OK)
        st = get_text(&p, "data_hash", out->data_hash, sizeof out->data_hash);
    if (st == EL_OK)
        st = get_count(&p, "bootstrap_draws", &draws);
    if (st == EL_OK)
        st = read_options(&p, out);
    out->prior = (el_prior)prior;
    out->scope = (el_scope)scope;
    return st == EL_OK ? read_fits(&p, out) : st;
}
