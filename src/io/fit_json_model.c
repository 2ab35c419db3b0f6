/* SPDX-License-Identifier: Apache-2.0 */
/* The model of one target in a fit file. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/csv_text.h"
#include "io/fit_json_part.h"
#include "model/forms.h"
#include "model/law_feature.h"
#include "model/nlls.h"

#define MAX_PARAM  1e4  /* ln or exponent: exp() of more is no joule */
#define VALUE_RTOL 1e-9 /* `value` must be what `fitted` says */

static el_status read_form(const el_place *target, el_model *m)
{
    char name[EL_LABEL_LEN];
    char shown[EL_SHOW_SIZE], what[EL_PLACE_SIZE];
    el_status st = el_place_text(target, "form", name, sizeof name);

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
    return el_place_bad(target, "form", what);
}

/* Of the form discovered alone, which is nothing without one. */
static el_status read_law(const el_place *target, el_model *m)
{
    const json_t *law = json_object_get(target->object, "law");
    el_error why;

    if (m->form != &el_form_discovered)
        return law ? el_place_bad(target, "law", "only of the form discovered")
                   : EL_OK;
    if (!json_is_string(law))
        return el_place_bad(target, "law", "missing, or no text");
    if (el_law_parse(json_string_value(law), &m->law, &why) != EL_OK)
        return el_place_bad(target, "law", why.message);
    return EL_OK;
}

static el_status read_noise(const el_place *target, el_model *m)
{
    static const char *const keys[] = {"floor_sd", "jitter_sd", "df", NULL};
    double df_min = m->form->traits & EL_FORM_PREDICTS ? 1.0 : 0.0;
    el_place p;
    el_status st = el_place_enter(target, "noise", &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
    if (st == EL_OK)
        st =
            el_place_number(&p, "floor_sd", 0.0, MAX_PARAM, &m->noise.floor_sd);
    if (st == EL_OK)
        st = el_place_number(&p, "jitter_sd", 0.0, MAX_PARAM,
                             &m->noise.jitter_sd);
    if (st == EL_OK)
        st = el_place_number(&p, "df", df_min, EL_MAX_COUNT, &m->noise_df);
    return st;
}

static el_status read_range(const el_place *ranges, el_axis axis, el_model *m)
{
    static const char *const keys[] = {"lo", "hi", NULL};
    el_place p;
    el_status st = el_place_enter(ranges, el_axis_name(axis), &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
    if (st == EL_OK)
        st = el_place_known(&p, "lo", &m->lo[axis]);
    if (st == EL_OK)
        st = el_place_known(&p, "hi", &m->hi[axis]);
    if (st == EL_OK && m->lo[axis] > m->hi[axis])
        st = el_place_bad(&p, "hi", "below lo");
    return st;
}

static el_status read_ranges(const el_place *target, el_model *m)
{
    const char *keys[EL_N_AXES + 1] = {NULL};
    el_place p;
    el_status st = el_place_enter(target, "ranges", &p);

    for (el_axis a = 0; a < EL_N_AXES; a++)
        keys[a] = el_axis_name(a);
    if (st == EL_OK)
        st = el_place_only(&p, keys);
    for (el_axis a = 0; st == EL_OK && a < EL_N_AXES; a++)
        st = read_range(&p, a, m);
    return st;
}

static el_status read_workloads(const el_place *target, el_model *m)
{
    el_place list;
    el_status st =
        el_place_bool(target, "prompts_unknown", &m->prompts_unknown);

    if (st == EL_OK)
        st = el_place_array(target, "workloads", &list);
    if (st != EL_OK)
        return st;
    m->n_workload = json_array_size(list.object);
    if (m->n_workload > EL_MAX_WORKLOADS)
        return el_place_bad(target, "workloads", "too many");
    for (size_t i = 0; i < m->n_workload; i++) {
        const json_t *label = json_array_get(list.object, i);

        if (!json_is_string(label) || json_string_length(label) >= EL_LABEL_LEN)
            return el_place_bad(target, "workloads",
                                "not a list of short names");
        el_str_copy(m->workload[i], EL_LABEL_LEN, json_string_value(label));
    }
    return EL_OK;
}

static el_status read_parameter(const el_place *params, const char *key,
                                bool is_log, double *out)
{
    static const char *const keys[] = {"fitted", "value",   "lo", "hi",
                                       "unit",   "meaning", NULL};
    el_place p;
    double value = 0.0, want;
    el_status st = el_place_enter(params, key, &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
    if (st == EL_OK)
        st = el_place_number(&p, "fitted", -MAX_PARAM, MAX_PARAM, out);
    if (st == EL_OK)
        st = el_place_known(&p, "value", &value);
    if (st != EL_OK)
        return st;
    /* somebody who edits one by hand learns which one counts */
    want = is_log ? exp(*out) : *out;
    if (!(fabs(value - want) <= VALUE_RTOL * fabs(want)) && isfinite(want))
        return el_place_bad(&p, "value",
                            is_log ? "differs from exp(fitted): change both"
                                   : "differs from fitted: change both");
    return EL_OK;
}

static el_status read_parameters(const el_place *target, el_model *m,
                                 char key[][EL_PARAM_KEY])
{
    el_param_spec spec[EL_MAX_PARAMS];
    const char *known[EL_MAX_PARAMS + 1] = {NULL};
    el_place p;
    el_status st = el_place_enter(target, "parameters", &p);

    m->extras = 0;
    for (unsigned extra = 1; st == EL_OK && extra < 1u << EL_MAX_EXTRAS;
         extra <<= 1)
        if (json_object_get(p.object, el_param_extra_name(extra)))
            m->extras |= extra;
    m->n_param = el_model_specify(m, spec);
    for (size_t j = 0; j < m->n_param; j++) {
        el_fit_param_key(spec, j, key[j]);
        known[j] = key[j];
    }
    if (st == EL_OK)
        st = el_place_only(&p, known);
    for (size_t j = 0; st == EL_OK && j < m->n_param; j++)
        st = read_parameter(&p, key[j], spec[j].is_log, &m->param[j]);
    return st;
}

static el_status read_order(const el_place *cov, const el_model *m,
                            char key[][EL_PARAM_KEY])
{
    el_place list;
    el_status st = el_place_array(cov, "order", &list);

    if (st == EL_OK && json_array_size(list.object) != m->n_param)
        st = el_place_bad(cov, "order", "not as many names as parameters");
    for (size_t j = 0; st == EL_OK && j < m->n_param; j++) {
        const char *name = json_string_value(json_array_get(list.object, j));

        if (!name || strcmp(name, key[j]) != 0) {
            char what[EL_PLACE_SIZE];

            (void)snprintf(what, sizeof what, "place %zu must be \"%.80s\"", j,
                           key[j]);
            st = el_place_bad(cov, "order", what);
        }
    }
    return st;
}

static el_status read_row(const el_place *row, size_t j, el_model *m)
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

static el_status read_covariance(const el_place *target, el_model *m,
                                 char key[][EL_PARAM_KEY])
{
    static const char *const keys[] = {"order", "lower", NULL};
    el_place p, rows;
    el_status st = el_place_enter(target, "covariance", &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
    if (st == EL_OK)
        st = read_order(&p, m, key);
    if (st == EL_OK)
        st = el_place_array(&p, "lower", &rows);
    if (st == EL_OK && json_array_size(rows.object) != m->n_param)
        st = el_place_bad(&p, "lower", "not as many rows as parameters");
    for (size_t j = 0; st == EL_OK && j < m->n_param; j++) {
        el_place row = el_place_element(&rows, j);

        st = read_row(&row, j, m);
    }
    return st;
}

el_status el_fit_model_read(const el_place *p, const el_facts *facts,
                            el_target target, el_model *m)
{
    static const char *const keys[] = {
        "form",      "n_rows",     "iterations", "converged",
        "loss",      "noise",      "ranges",     "prompts_unknown",
        "workloads", "parameters", "covariance", "law",
        NULL};
    char key[EL_MAX_PARAMS][EL_PARAM_KEY];
    el_status st = el_place_only(p, keys);

    m->target = target;
    m->facts = *facts;
    if (st == EL_OK)
        st = read_form(p, m);
    if (st == EL_OK)
        st = read_law(p, m);
    if (st == EL_OK)
        st = el_place_count(p, "n_rows", &m->n_rows);
    if (st == EL_OK)
        st = el_place_count(p, "iterations", &m->iterations);
    if (st == EL_OK)
        st = el_place_bool(p, "converged", &m->converged);
    if (st == EL_OK)
        st = el_place_known(p, "loss", &m->loss);
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
