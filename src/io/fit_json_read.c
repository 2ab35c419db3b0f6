/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/mem.h"
#include "io/fit_json.h"
#include "io/fit_json_part.h"
#include "model/names.h"

#define MAX_FITS 100000u

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

static el_status read_facts(const el_place *fit, el_facts *out)
{
#define X(member) #member,
    static const char *const keys[] = {EL_FACTS_LIST(X) NULL};
#undef X
    el_place p;
    el_status st = el_place_enter(fit, "facts", &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
#define X(member)                                                              \
    if (st == EL_OK)                                                           \
        st = el_place_known(&p, #member, &out->member);
    EL_FACTS_LIST(X)
#undef X
    if (st == EL_OK && el_is_known(out->arch) &&
        !(out->arch >= 0.0 && out->arch <= EL_ARCH_VLM))
        st = el_place_bad(&p, "arch", "not a kind of network");
    return st;
}

static el_status read_cleaning(const el_place *fit, el_cleaning *out)
{
#define X(member) #member,
    static const char *const keys[] = {EL_CLEANING_LIST(X) NULL};
#undef X
    el_place p;
    el_status st = el_place_enter(fit, "cleaning", &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
#define X(member)                                                              \
    if (st == EL_OK)                                                           \
        st = el_place_count(&p, #member, &out->member);
    EL_CLEANING_LIST(X)
#undef X
    return st;
}

static el_status read_targets(const el_place *fit, el_group_fit *out)
{
    const char *keys[EL_N_TARGETS + 1] = {NULL};
    el_place p;
    el_status st = el_place_enter(fit, "targets", &p);

    for (el_target t = 0; t < EL_N_TARGETS; t++)
        keys[t] = el_target_name(t);
    if (st == EL_OK)
        st = el_place_only(&p, keys);
    for (el_target t = 0; st == EL_OK && t < EL_N_TARGETS; t++) {
        el_place model;

        /* times may be absent; without energy there is no fit */
        if (t != EL_TARGET_ENERGY && !json_object_get(p.object, keys[t]))
            continue;
        st = el_place_enter(&p, keys[t], &model);
        if (st == EL_OK)
            st = el_fit_model_read(&model, &out->facts, t, &out->model[t]);
        out->has[t] = st == EL_OK;
    }
    return st;
}

static el_status read_slice(const el_place *p, el_residual_slice *out)
{
    static const char *const keys[] = {"axis",    "lo",     "hi", "n",
                                       "mean_ln", "rms_ln", NULL};
    size_t axis = 0;
    el_status st = el_place_only(p, keys);

    if (st == EL_OK)
        st = el_place_choice(p, "axis", axis_at, EL_N_AXES, &axis);
    if (st == EL_OK)
        st = el_place_known(p, "lo", &out->lo);
    if (st == EL_OK)
        st = el_place_known(p, "hi", &out->hi);
    if (st == EL_OK)
        st = el_place_count(p, "n", &out->n);
    if (st == EL_OK)
        st = el_place_known(p, "mean_ln", &out->mean_ln);
    if (st == EL_OK)
        st = el_place_known(p, "rms_ln", &out->rms_ln);
    out->axis = (el_axis)axis;
    return st;
}

static el_status read_residuals(const el_place *fit, el_group_fit *out)
{
    el_place list;
    el_status st = el_place_array(fit, "residuals", &list);

    if (st != EL_OK)
        return st;
    out->n_slice = json_array_size(list.object);
    if (out->n_slice > (size_t)EL_MAX_SLICES) {
        out->n_slice = 0;
        return el_place_bad(fit, "residuals", "too many");
    }
    for (size_t i = 0; st == EL_OK && i < out->n_slice; i++) {
        el_place p = el_place_element(&list, i);

        st = read_slice(&p, &out->slice[i]);
    }
    return st;
}

static el_status read_key(const el_place *p, el_group_key *key)
{
    el_status st = el_place_text(p, "model", key->model, EL_NAME_LEN);

    if (st == EL_OK)
        st = el_place_text(p, "model_slug", key->model_slug, EL_NAME_LEN);
    if (st == EL_OK)
        st = el_place_text(p, "gpu", key->gpu, EL_NAME_LEN);
    if (st == EL_OK)
        st = el_place_text(p, "precision", key->precision, EL_NAME_LEN);
    if (st == EL_OK)
        st = el_place_text(p, "engine", key->engine, EL_NAME_LEN);
    return st;
}

static el_status read_fit(const el_place *p, el_group_fit *out)
{
    static const char *const keys[] = {
        "model",           "model_slug", "gpu",      "precision", "engine",
        "facts",           "cleaning",   "mape_pct", "targets",   "residuals",
        "leaned_on_prior", NULL};
    el_status st = el_place_only(p, keys);

    if (st == EL_OK)
        st = read_key(p, &out->key);
    if (st == EL_OK)
        st = read_facts(p, &out->facts);
    if (st == EL_OK)
        st = read_cleaning(p, &out->cleaning);
    if (st == EL_OK)
        st = el_place_known(p, "mape_pct", &out->mape_pct);
    if (st == EL_OK)
        st = el_place_bool(p, "leaned_on_prior", &out->leaned_on_prior);
    if (st == EL_OK)
        st = read_residuals(p, out);
    if (st == EL_OK)
        st = read_targets(p, out);
    return st;
}

static el_status read_fits(const el_place *result, el_fit_set *out)
{
    el_place list;
    el_status st = el_place_array(result, "fits", &list);
    size_t n = json_array_size(list.object);

    if (st != EL_OK)
        return st;
    if (n == 0 || n > MAX_FITS)
        return el_place_bad(result, "fits", n == 0 ? "is empty" : "too many");
    out->fit = el_array(n, sizeof *out->fit);
    if (!out->fit)
        return el_fail(result->err, EL_E_NOMEM, "fit file: %zu groups", n);
    out->n = n;
    for (size_t i = 0; st == EL_OK && i < n; i++) {
        el_place p = el_place_element(&list, i);

        st = read_fit(&p, &out->fit[i]);
    }
    return st;
}

static el_status read_options(const el_place *result, el_fit_set *out)
{
    static const char *const keys[] = {"min_latency_s", "sessions",
                                       "keep_flagged", NULL};
    el_place p;
    el_status st = el_place_enter(result, "cleaning", &p);

    if (st == EL_OK)
        st = el_place_only(&p, keys);
    if (st == EL_OK)
        st = el_place_number(&p, "min_latency_s", 0.0, EL_MAX_COUNT,
                             &out->min_latency_s);
    if (st == EL_OK)
        st = el_place_bool(&p, "sessions", &out->sessions);
    if (st == EL_OK)
        st = el_place_bool(&p, "keep_flagged", &out->keep_flagged);
    return st;
}

el_status el_fit_result_read(const json_t *result, const char *where,
                             el_fit_set *out, el_error *err)
{
    static const char *const keys[] = {
        "fits",      "form",     "prior",           "scope", "source",
        "data_hash", "cleaning", "bootstrap_draws", NULL};
    el_place p = {result, "", err};
    size_t prior = 0, scope = 0, draws = 0;
    el_status st;

    (void)snprintf(p.where, EL_PLACE_SIZE, "%.240s result", where);
    if (!result)
        return el_fail(err, EL_E_DATA, "%s: missing", p.where);
    st = el_place_only(&p, keys);
    if (st == EL_OK)
        st = el_place_text(&p, "form", out->form, sizeof out->form);
    if (st == EL_OK)
        st = el_place_choice(&p, "prior", prior_at, 4, &prior);
    if (st == EL_OK)
        st = el_place_choice(&p, "scope", scope_at, 3, &scope);
    if (st == EL_OK)
        st = el_place_text(&p, "source", out->source, sizeof out->source);
    if (st == EL_OK)
        st = el_place_text(&p, "data_hash", out->data_hash,
                           sizeof out->data_hash);
    if (st == EL_OK)
        st = el_place_count(&p, "bootstrap_draws", &draws);
    if (st == EL_OK)
        st = read_options(&p, out);
    out->prior = (el_prior)prior;
    out->scope = (el_scope)scope;
    return st == EL_OK ? read_fits(&p, out) : st;
}
