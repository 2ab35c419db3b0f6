/* SPDX-License-Identifier: Apache-2.0 */
#include "io/prior_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/embedded.h"
#include "io/json.h"
#include "model/forms.h"

#define WHERE_LEN 320u
#define LEAST_SD  1e-6 /* of ln values and exponents: surer than any fit */
#define MOST      1e3

/* --- out ------------------------------------------------------------------ */

static int append(const char *text, size_t len, void *ctx)
{
    el_buf_add_n(ctx, text, len);
    return el_buf_ok(ctx) ? 0 : -1;
}

static void add_text(el_buf *out, const char *key, const char *text,
                     const char *end)
{
    json_t *value = json_string(text);

    el_buf_printf(out, "\"%s\": ", key);
    if (!value || json_dump_callback(value, append, out, JSON_ENCODE_ANY) != 0)
        out->failed = true;
    el_buf_add(out, end);
    json_decref(value);
}

static void add_numbers(el_buf *out, const char *key, const double *value,
                        size_t n, bool root)
{
    el_buf_printf(out, "\"%s\": [", key);
    for (size_t j = 0; j < n; j++)
        el_buf_printf(out, "%s%.4g", j ? ", " : "",
                      root ? sqrt(value[j]) : value[j] + 0.0);
    el_buf_add(out, "]");
}

static void add_parameters(const el_lesson *l, el_buf *out)
{
    const el_facts facts = {.layers = 1};
    el_fit_data data = {.target = l->target, .facts = &facts};
    el_param_spec spec[EL_MAX_PARAMS];

    (void)el_form_closed12.specify(&data, spec);
    el_buf_add(out, "  \"parameters\": [");
    for (size_t j = 0; j < l->n; j++)
        el_buf_printf(out, "%s\"%s\"", j ? ", " : "", spec[j].name);
    el_buf_add(out, "],\n");
}

static void add_target(const el_lesson *l, el_buf *out)
{
    el_buf_printf(out, "    \"%s\": {", el_target_name(l->target));
    add_numbers(out, "deviation", l->deviation, l->n, false);
    el_buf_printf(out, ", \"rows\": %zu,\n     ", l->n_rows);
    add_numbers(out, "sd", l->var, l->n, true);
    el_buf_add(out, "}");
}

static bool opens_group(const el_lessons *lessons, size_t i)
{
    return i == 0 || !el_group_key_equal(&lessons->item[i - 1].key,
                                         &lessons->item[i].key);
}

static void add_group(const el_lessons *lessons, size_t i, el_buf *out)
{
    const el_group_key *key = &lessons->item[i].key;

    el_buf_add(out, i ? "\n   }},\n   {" : "   {");
    add_text(out, "engine", key->engine, ", ");
    add_text(out, "gpu", key->gpu, ", ");
    add_text(out, "model", key->model, ",\n    ");
    add_text(out, "model_slug", key->model_slug, ", ");
    add_text(out, "precision", key->precision, ", \"targets\": {\n");
}

el_status el_lessons_print(const el_lessons *lessons, el_buf *out,
                           el_error *err)
{
    const el_lesson *first = lessons->item;

    if (lessons->n == 0)
        return el_fail(err, EL_E_ARG, "prior: no fit has parameters to teach");
    for (size_t i = 0; i < lessons->n; i++)
        if (lessons->item[i].form != &el_form_closed12)
            return el_fail(err, EL_E_ARG,
                           "prior: only form closed12 has one, not %s",
                           lessons->item[i].form->name);
    el_buf_printf(out,
                  "{\n \"energylens\": \"%s\",\n \"result\": {\n  \"form\": "
                  "\"%s\",\n  \"groups\": [\n",
                  EL_VERSION, el_form_closed12.name);
    for (size_t i = 0; i < lessons->n; i++) {
        if (opens_group(lessons, i))
            add_group(lessons, i, out);
        else
            el_buf_add(out, ",\n");
        add_target(&lessons->item[i], out);
    }
    el_buf_add(out, "\n   }}\n  ],\n");
    add_parameters(first, out);
    el_buf_add(out, "  ");
    add_text(out, "source", lessons->source, "\n");
    el_buf_printf(out, " },\n \"schema\": \"%s\",\n \"version\": %d\n}\n",
                  EL_PRIOR_SCHEMA, EL_PRIOR_VERSION);
    return el_buf_ok(out) ? EL_OK
                          : el_fail(err, EL_E_NOMEM, "prior: out of memory");
}

/* --- in ------------------------------------------------------------------- */

/* The file that is read. */
typedef struct reader {
    const char *name;
    el_lessons *out;
} reader;

static el_status read_name(const json_t *object, const char *where,
                           const char *key, bool needed, char out[EL_NAME_LEN],
                           el_error *err)
{
    const char *text = NULL;
    el_status st = el_json_get_string(object, where, key, &text, err);

    if (st == EL_OK && needed && (!text || !*text))
        return el_fail(err, EL_E_DATA, "%s.%s: missing", where, key);
    if (st == EL_OK && text && strlen(text) >= EL_NAME_LEN)
        return el_fail(err, EL_E_DATA, "%s.%s: longer than %u bytes", where,
                       key, EL_NAME_LEN - 1);
    if (st == EL_OK)
        el_str_copy(out, EL_NAME_LEN, text ? text : "");
    return st;
}

static el_status read_numbers(const json_t *target, const char *where,
                              const char *key, size_t n, double *out,
                              el_error *err)
{
    const json_t *list = json_object_get(target, key);

    if (!json_is_array(list) || json_array_size(list) != n)
        return el_fail(err, EL_E_DATA, "%s.%s: must be a list of %zu numbers",
                       where, key, n);
    for (size_t j = 0; j < n; j++) {
        const json_t *v = json_array_get(list, j);
        if (!json_is_number(v))
            return el_fail(err, EL_E_DATA, "%s.%s[%zu]: not a number", where,
                           key, j);
        out[j] = json_number_value(v);
    }
    return EL_OK;
}

static el_status read_target(const reader *r, const json_t *target,
                             const char *where, el_lesson *l, el_error *err)
{
    static const char *const keys[] = {"deviation", "rows", "sd", NULL};
    double rows = 0.0;
    el_status st = el_json_only_keys(target, where, keys, err);

    if (st == EL_OK)
        st = el_json_get_number(target, where, "rows", &rows, err);
    if (st == EL_OK && !(rows >= 1.0 && rows <= 1e9))
        st = el_fail(err, EL_E_DATA, "%s.rows: must be 1 to 1e9", where);
    if (st == EL_OK)
        st = read_numbers(target, where, "deviation", l->n, l->deviation, err);
    if (st == EL_OK)
        st = read_numbers(target, where, "sd", l->n, l->var, err);
    for (size_t j = 0; j < l->n && st == EL_OK; j++) {
        if (!(l->var[j] >= LEAST_SD && l->var[j] <= MOST))
            st = el_fail(err, EL_E_DATA, "%s.sd[%zu]: must be %g to %g", where,
                         j, LEAST_SD, MOST);
        else if (!(fabs(l->deviation[j]) <= MOST))
            st = el_fail(err, EL_E_DATA, "%s.deviation[%zu]: must be within %g",
                         where, j, MOST);
        l->var[j] *= l->var[j];
    }
    if (st != EL_OK)
        return st;
    l->n_rows = (size_t)rows;
    return el_lessons_add(r->out, l, err);
}

static el_status read_targets(const reader *r, const json_t *targets,
                              const char *where, el_lesson *l, el_error *err)
{
    const char *known[EL_N_TARGETS + 1] = {NULL};
    el_status st;

    for (el_target t = 0; t < EL_N_TARGETS; t++)
        known[t] = el_target_name(t);
    st = el_json_only_keys(targets, where, known, err);
    for (el_target t = 0; t < EL_N_TARGETS && st == EL_OK; t++) {
        const json_t *target = json_object_get(targets, known[t]);
        char at[WHERE_LEN];

        if (!target)
            continue;
        (void)snprintf(at, sizeof at, "%.300s.%s", where, known[t]);
        l->target = t;
        st = read_target(r, target, at, l, err);
    }
    return st;
}

static el_status read_group(const reader *r, const json_t *group, size_t i,
                            size_t n_param, el_error *err)
{
    static const char *const keys[] = {
        "engine", "gpu", "model", "model_slug", "precision", "targets", NULL};
    el_lesson l = {.form = &el_form_closed12, .n = n_param};
    char where[WHERE_LEN - 20];
    el_status st;

    (void)snprintf(where, sizeof where, "%.200s: groups[%zu]", r->name, i);
    st = el_json_only_keys(group, where, keys, err);
    if (st == EL_OK)
        st = read_name(group, where, "model", true, l.key.model, err);
    if (st == EL_OK)
        st =
            read_name(group, where, "model_slug", false, l.key.model_slug, err);
    if (st == EL_OK)
        st = read_name(group, where, "gpu", true, l.key.gpu, err);
    if (st == EL_OK)
        st = read_name(group, where, "engine", false, l.key.engine, err);
    if (st == EL_OK)
        st = read_name(group, where, "precision", false, l.key.precision, err);
    if (st != EL_OK)
        return st;
    (void)snprintf(where, sizeof where, "%.200s: groups[%zu].targets", r->name,
                   i);
    return read_targets(r, json_object_get(group, "targets"), where, &l, err);
}

/* The form's parameters, by the names that the file has: else its numbers mean
 * something else. */
static el_status check_parameters(const reader *r, const json_t *names,
                                  size_t *n, el_error *err)
{
    const el_facts facts = {.layers = 1};
    el_fit_data data = {.target = EL_TARGET_ENERGY, .facts = &facts};
    el_param_spec spec[EL_MAX_PARAMS];
    size_t k = el_form_closed12.specify(&data, spec);
    bool same = json_array_size(names) == k;

    for (size_t j = 0; same && j < k; j++) {
        const char *text = json_string_value(json_array_get(names, j));
        same = text && strcmp(text, spec[j].name) == 0;
    }
    *n = k;
    return same ? EL_OK
                : el_fail(err, EL_E_DATA,
                          "%s: parameters: not the %zu of form %s", r->name, k,
                          el_form_closed12.name);
}

static el_status read_result(reader *r, const json_t *result, el_error *err)
{
    static const char *const keys[] = {"form", "groups", "parameters", "source",
                                       NULL};
    const json_t *groups = json_object_get(result, "groups");
    const char *form = NULL, *source = NULL;
    size_t n = 0;
    el_status st = el_json_only_keys(result, r->name, keys, err);

    if (st == EL_OK)
        st = el_json_get_string(result, r->name, "form", &form, err);
    if (st == EL_OK)
        st = el_json_get_string(result, r->name, "source", &source, err);
    if (st != EL_OK)
        return st;
    if (!form || strcmp(form, el_form_closed12.name) != 0)
        return el_fail(err, EL_E_DATA, "%s: form: must be %s", r->name,
                       el_form_closed12.name);
    if (!source || !*source)
        return el_fail(err, EL_E_DATA, "%s: source: missing", r->name);
    el_str_copy(r->out->source, sizeof r->out->source, source);
    st = check_parameters(r, json_object_get(result, "parameters"), &n, err);
    if (st == EL_OK && !json_is_array(groups))
        st = el_fail(err, EL_E_DATA, "%s: groups: not a list", r->name);
    for (size_t i = 0; i < json_array_size(groups) && st == EL_OK; i++)
        st = read_group(r, json_array_get(groups, i), i, n, err);
    return st;
}

el_status el_lessons_parse(const char *text, size_t len, const char *name,
                           el_lessons *out, el_error *err)
{
    static const char *const keys[] = {"energylens", "result", "schema",
                                       "version", NULL};
    reader r = {.name = name, .out = out};
    json_t *doc = NULL;
    int version = 0;
    el_status st = el_json_parse(text, len, name, &doc, err);

    if (st == EL_OK)
        st = el_json_check_schema(doc, name, EL_PRIOR_SCHEMA, EL_PRIOR_VERSION,
                                  &version, err);
    if (st == EL_OK)
        st = el_json_only_keys(doc, name, keys, err);
    if (st == EL_OK)
        st = read_result(&r, json_object_get(doc, "result"), err);
    json_decref(doc);
    return st;
}

el_status el_lessons_built_in(el_lessons *out, el_error *err)
{
    el_status st = EL_OK;

    for (const el_embedded_file *f = el_embedded; f->path && st == EL_OK; f++)
        if (strncmp(f->path, "data/priors/", 12) == 0)
            st = el_lessons_parse(f->text, strlen(f->text), f->path, out, err);
    if (st == EL_OK)
        el_str_copy(out->source, sizeof out->source, "data/priors");
    return st;
}
