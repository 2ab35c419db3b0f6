/* SPDX-License-Identifier: Apache-2.0 */
#include "app/fit_pick.h"

#include <stdio.h>
#include <string.h>

#include "app/analytic.h"
#include "app/hub_id.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/name_format.h"

#define MAX_SHOWN 8u /* choices named in a message */

typedef const char *(*field_fn)(const el_group_key *key);

static const char *model_of(const el_group_key *key)
{
    return key->model;
}

static const char *gpu_of(const el_group_key *key)
{
    return key->gpu;
}

static const char *precision_of(const el_group_key *key)
{
    return key->precision;
}

static const char *engine_of(const el_group_key *key)
{
    return key->engine;
}

/* The question while groups are struck out. */
typedef struct choice {
    const el_fit_set *set;
    const el_catalog *catalog;
    bool *in; /* set->n flags */
} choice;

typedef bool (*same_fn)(const choice *c, const el_group_key *key,
                        const char *name);

static bool same_model_name(const choice *c, const el_group_key *key,
                            const char *name)
{
    (void)c;
    return el_str_eq_nocase(key->model, name);
}

static bool same_model(const choice *c, const el_group_key *key,
                       const char *name)
{
    const el_llm *llm = el_catalog_find_llm(c->catalog, name);

    return llm && strcmp(llm->slug, key->model_slug) == 0;
}

static bool same_gpu(const choice *c, const el_group_key *key, const char *name)
{
    const el_gpu *gpu = el_catalog_find_gpu(c->catalog, name);

    return el_str_eq_nocase(key->gpu, name) ||
           (gpu && strcmp(gpu->slug, key->gpu) == 0);
}

static bool same_precision(const choice *c, const el_group_key *key,
                           const char *name)
{
    (void)c;
    return el_str_eq_nocase(key->precision, name);
}

static bool same_engine(const choice *c, const el_group_key *key,
                        const char *name)
{
    (void)c;
    return el_str_eq_nocase(key->engine, name);
}

static size_t count(const choice *c)
{
    size_t n = 0;

    for (size_t i = 0; i < c->set->n; i++)
        n += c->in[i];
    return n;
}

/* Strike out what is not the same; nothing changes where all would go. */
static bool keep_same(const choice *c, same_fn same, const char *name)
{
    bool any = false;

    for (size_t i = 0; i < c->set->n; i++)
        any = any || (c->in[i] && same(c, &c->set->fit[i].key, name));
    for (size_t i = 0; any && i < c->set->n; i++)
        c->in[i] = c->in[i] && same(c, &c->set->fit[i].key, name);
    return any;
}

static bool is_first(const choice *c, field_fn field, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (c->in[j] && el_str_eq_nocase(field(&c->set->fit[j].key),
                                         field(&c->set->fit[i].key)))
            return false;
    return c->in[i];
}

/* "a, b, c and 9 more"; returns how many different values there are. */
static size_t list_values(const choice *c, field_fn field, el_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < c->set->n; i++) {
        const char *value = field(&c->set->fit[i].key);
        if (!is_first(c, field, i))
            continue;
        if (n < MAX_SHOWN)
            el_buf_printf(out, "%s%s", n ? ", " : "", *value ? value : "\"\"");
        n++;
    }
    if (n > MAX_SHOWN)
        el_buf_printf(out, " and %zu more", n - MAX_SHOWN);
    return n;
}

static const struct {
    const char *option;
    field_fn field;
} fields[] = {{"--model", model_of},
              {"--gpu", gpu_of},
              {"--precision", precision_of},
              {"--engine", engine_of}};

/* EL_E_ARG naming the first option that would tell the groups apart. */
static el_status ambiguous(const choice *c, el_error *err)
{
    el_status st = EL_E_ARG;

    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        el_buf list = {0};
        size_t n = list_values(c, fields[f].field, &list);
        if (n > 1)
            st = el_fail(err, EL_E_ARG,
                         "%s: the fit file has several, name one of: %s",
                         fields[f].option, el_buf_text(&list));
        el_buf_clear(&list);
        if (n > 1)
            return st;
    }
    return el_fail(err, EL_E_ARG, "the fit file has the same group twice");
}

static el_status not_there(const choice *c, const char *option, field_fn field,
                           const char *name, el_error *err)
{
    el_buf list = {0};
    el_status st;

    if (!c->set->n)
        return el_fail(err, EL_E_ARG, "%s: not in the catalogue: %s", option,
                       name);
    list_values(c, field, &list);
    st = el_fail(err, EL_E_ARG,
                 "%s: neither the fit file nor the catalogue has %s; the file "
                 "has: %s",
                 option, name, el_buf_text(&list));
    el_buf_clear(&list);
    return st;
}

static void set_key(char dst[EL_NAME_LEN], const char *text)
{
    el_str_copy(dst, EL_NAME_LEN, text);
}

/* Facts of the catalogue for another precision than the fit's. */
static el_status other_precision(const el_catalog *catalog, el_fit_pick *pick,
                                 el_error *err)
{
    const el_llm *llm = el_catalog_find_llm(catalog, pick->key.model);
    const el_gpu *gpu = el_catalog_find_gpu(catalog, pick->key.gpu);
    el_facts_hint hint = {pick->fit->facts.params,
                          pick->fit->facts.active_params, ""};

    if (!llm)
        llm = el_catalog_find_llm(catalog, pick->key.model_slug);
    return el_facts_make(llm, gpu, pick->key.precision, &hint, &pick->facts,
                         err);
}

/* A fine-tune or its base answers: same shape, same joules. */
static void note_sister(const choice *c, const el_fit_wish *wish,
                        el_fit_pick *pick)
{
    const el_llm *llm =
        wish->model ? el_catalog_find_llm(c->catalog, wish->model) : NULL;

    if (*pick->note || !wish->model ||
        el_str_eq_nocase(wish->model, pick->fit->key.model) ||
        (llm && el_str_eq_nocase(llm->slug, pick->fit->key.model)))
        return;
    (void)snprintf(pick->note, sizeof pick->note,
                   "measured on %.80s, which has the same architecture",
                   pick->fit->key.model);
}

static el_status take_group(const choice *c, const el_fit_wish *wish,
                            const el_group_fit *fit, el_fit_pick *pick,
                            el_error *err)
{
    el_match match;
    bool other = wish->precision &&
                 !el_str_eq_nocase(wish->precision, fit->key.precision);

    pick->key = fit->key;
    if (other)
        set_key(pick->key.precision, wish->precision);
    if (wish->engine)
        set_key(pick->key.engine, wish->engine);
    match = el_fit_match(c->set, &pick->key);
    pick->fit = match.fit ? match.fit : fit;
    pick->source = match.source;
    el_str_copy(pick->note, sizeof pick->note, match.note);
    pick->facts = pick->fit->facts;
    el_hub_id(c->catalog, wish->model ? wish->model : fit->key.model,
              pick->hub_id, sizeof pick->hub_id);
    note_sister(c, wish, pick);
    return other ? other_precision(c->catalog, pick, err) : EL_OK;
}

static el_status take_prior(const choice *c, const el_fit_wish *wish,
                            const el_llm *llm, const el_gpu *gpu,
                            el_fit_pick *pick, el_error *err)
{
    const el_form *form = el_form_find(c->set->form);
    el_status st;

    set_key(pick->key.model, wish->model);
    set_key(pick->key.model_slug, llm->slug);
    set_key(pick->key.gpu, gpu->slug);
    set_key(pick->key.precision, el_precision_of(wish->precision, wish->model));
    set_key(pick->key.engine, wish->engine ? wish->engine : "");
    st = el_facts_make(llm, gpu, pick->key.precision, NULL, &pick->facts, err);
    if (st != EL_OK)
        return st;
    if (!form || el_fit_from_prior(form, &pick->key, &pick->facts, &pick->own,
                                   NULL) != EL_OK)
        /* not every form has a prior; closed12 has */
        st = el_fit_from_prior(el_form_find("closed12"), &pick->key,
                               &pick->facts, &pick->own, err);
    pick->fit = &pick->own;
    pick->source = EL_SOURCE_MODELLED;
    el_str_copy(pick->note, sizeof pick->note,
                "no measurement of this model on this GPU: physical prior");
    el_hub_id(c->catalog, wish->model, pick->hub_id, sizeof pick->hub_id);
    return st;
}

/* No group of this model and GPU. */
static el_status without_group(const choice *c, const el_fit_wish *wish,
                               bool knows_model, el_fit_pick *pick,
                               el_error *err)
{
    const el_llm *llm =
        wish->model ? el_catalog_find_llm(c->catalog, wish->model) : NULL;
    const el_gpu *gpu =
        wish->gpu ? el_catalog_find_gpu(c->catalog, wish->gpu) : NULL;

    if (llm && gpu)
        return take_prior(c, wish, llm, gpu, pick, err);
    if (wish->model && !llm && !knows_model)
        return not_there(c, "--model", model_of, wish->model, err);
    if (wish->gpu && !gpu)
        return not_there(c, "--gpu", gpu_of, wish->gpu, err);
    return el_fail(err, EL_E_ARG,
                   "name both --model and --gpu for an estimate without "
                   "measurements of them");
}

/* What the model's name says, where the fits know it or know only 16 bits:
 * another word for a narrow format may mean the same. */
static const char *said_precision(const choice *c, const char *model)
{
    const char *said = model ? el_name_format(model) : "";
    bool narrow = false, same = false;

    for (size_t i = 0; i < c->set->n; i++) {
        const char *has = c->set->fit[i].key.precision;

        narrow = narrow || (c->in[i] && el_weight_format(has));
        same = same || (c->in[i] && el_str_eq_nocase(has, said));
    }
    return *said && (same || !narrow) ? said : NULL;
}

static el_status choose(const choice *c, const el_fit_wish *asked,
                        el_fit_pick *pick, el_error *err)
{
    el_fit_wish named = *asked, *wish = &named;
    bool model = !wish->model || keep_same(c, same_model_name, wish->model) ||
                 keep_same(c, same_model, wish->model);
    bool gpu = !wish->gpu || keep_same(c, same_gpu, wish->gpu);

    if (!model || !gpu || !c->set->n)
        return without_group(c, wish, model && c->set->n, pick, err);
    if (!named.precision)
        named.precision = said_precision(c, named.model);
    /* where nothing has it, the nearest group answers: EXTRAPOLATED */
    if (wish->precision)
        (void)keep_same(c, same_precision, wish->precision);
    if (wish->engine)
        (void)keep_same(c, same_engine, wish->engine);
    if (count(c) > 1)
        return ambiguous(c, err);
    for (size_t i = 0; i < c->set->n; i++)
        if (c->in[i])
            return take_group(c, wish, &c->set->fit[i], pick, err);
    return el_fail(err, EL_E_ARG, "the fit file is empty");
}

el_status el_fit_pick_find(const el_fit_set *set, const el_catalog *catalog,
                           const el_fit_wish *wish, el_fit_pick *out,
                           el_error *err)
{
    choice c = {set, catalog, NULL};
    el_status st;

    memset(out, 0, sizeof *out);
    c.in = el_array(set->n + 1, sizeof *c.in);
    if (!c.in)
        return el_fail(err, EL_E_NOMEM, "fit file: %zu groups", set->n);
    for (size_t i = 0; i < set->n; i++)
        c.in[i] = true;
    st = choose(&c, wish, out, err);
    el_free(c.in);
    return st;
}
