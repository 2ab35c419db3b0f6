/* SPDX-License-Identifier: Apache-2.0 */
#include "io/links_json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/candidate_json.h"
#include "io/csv_text.h"
#include "io/json.h"

#define PLACE    512u
#define MAX_S    1e6
#define MAX_RATE 1e18
#define MAX_GPUS 65536.0

/* ---- out ---- */

static json_t *curve_json(const el_link_fit *f)
{
    const el_link_curve *c = &f->curve;
    el_object o = el_object_new();

    el_object_text(&o, "collective", el_collective_name(c->collective));
    el_object_count(&o, "gpus", c->gpus);
    el_object_number(&o, "alpha_s", c->alpha_s);
    el_object_number(&o, "first_s", c->first_s);
    el_object_number(&o, "ramp_s", c->ramp_s);
    el_object_number(&o, "bus_bytes_s", c->bus_bytes_s);
    el_object_number(&o, "sm_bytes_s", c->sm_bytes_s);
    el_object_count(&o, "rows", (double)f->n);
    el_object_count(&o, "message_sizes", (double)f->n_size);
    el_object_number(&o, "message_lo_bytes", f->bytes_lo);
    el_object_number(&o, "message_hi_bytes", f->bytes_hi);
    el_object_number(&o, "error_median", f->error_median);
    el_object_number(&o, "error_worst", f->error_worst);
    el_object_number(&o, "held_out_error_median", f->held_median);
    el_object_number(&o, "held_out_error_worst", f->held_worst);
    return el_object_done(&o);
}

json_t *el_links_json(const el_links_report *report, uint64_t seed)
{
    el_object o = el_object_new(), curves = el_array_new();
    el_object files = el_array_new();

    for (size_t i = 0; i < report->links.n; i++)
        el_object_append(&curves, curve_json(&report->fit[i]));
    for (size_t i = 0; i < report->n_path; i++)
        el_object_append(&files, json_string(report->path[i]));
    el_object_text(&o, "gpu", report->links.gpu);
    el_object_number(&o, "spin_w_per_sm", report->links.spin_w_per_sm);
    el_object_number(&o, "bus_j_per_byte", report->links.bus_j_per_byte);
    el_object_put(&o, "files", el_object_done(&files));
    el_object_put(&o, "collectives", el_object_done(&curves));
    return el_json_envelope(EL_LINKS_SCHEMA, EL_LINKS_VERSION, seed,
                            el_object_done(&o));
}

/* ---- in ---- */

/* A number in [lo, hi], or NaN where it may be null. */
static el_status number(const json_t *object, const char *where,
                        const char *key, double lo, double hi, bool may_be_null,
                        double *out, el_error *err)
{
    el_status st = el_json_get_number(object, where, key, out, err);

    if (st != EL_OK)
        return st;
    if (!el_is_known(*out) && !may_be_null)
        return el_fail(err, EL_E_DATA, "%s.%s: missing", where, key);
    if (*out < lo || *out > hi)
        return el_fail(err, EL_E_DATA, "%s.%s: is %g, must be from %g to %g",
                       where, key, *out, lo, hi);
    return EL_OK;
}

static el_status read_name(const json_t *object, const char *where,
                           el_collective *out, el_error *err)
{
    const char *name = NULL;
    char shown[EL_SHOW_SIZE];
    el_status st = el_json_get_string(object, where, "collective", &name, err);

    if (st != EL_OK)
        return st;
    if (!name)
        return el_fail(err, EL_E_DATA, "%s.collective: missing", where);
    if (el_collective_parse(name, strlen(name), out))
        return EL_OK;
    el_text_show(shown, name, strlen(name));
    return el_fail(err, EL_E_DATA, "%s.collective: unknown: %s", where, shown);
}

static el_status read_curve(const json_t *object, const char *where,
                            el_link_curve *out, el_error *err)
{
    static const char *const keys[] = {"collective",
                                       "gpus",
                                       "alpha_s",
                                       "first_s",
                                       "ramp_s",
                                       "bus_bytes_s",
                                       "sm_bytes_s",
                                       "rows",
                                       "message_sizes",
                                       "message_lo_bytes",
                                       "message_hi_bytes",
                                       "error_median",
                                       "error_worst",
                                       "held_out_error_median",
                                       "held_out_error_worst",
                                       NULL};
    const struct {
        const char *key;
        double lo, hi;
        double *out;
    } want[] = {{"gpus", 2, MAX_GPUS, &out->gpus},
                {"alpha_s", 0, MAX_S, &out->alpha_s},
                {"first_s", 0, MAX_S, &out->first_s},
                {"ramp_s", 0, MAX_S, &out->ramp_s},
                {"bus_bytes_s", 1, MAX_RATE, &out->bus_bytes_s},
                {"sm_bytes_s", 1, MAX_RATE, &out->sm_bytes_s}};
    el_status st = el_json_only_keys(object, where, keys, err);

    if (st == EL_OK)
        st = read_name(object, where, &out->collective, err);
    for (size_t i = 0; i < sizeof want / sizeof *want && st == EL_OK; i++)
        st = number(object, where, want[i].key, want[i].lo, want[i].hi, i == 5,
                    want[i].out, err);
    return st;
}

static bool comes_before(const el_link_curve *a, const el_link_curve *b)
{
    return a->collective < b->collective ||
           (a->collective == b->collective && a->gpus < b->gpus);
}

static el_status read_curves(const json_t *list, const char *name,
                             el_links *out, el_error *err)
{
    if (!json_is_array(list))
        return el_fail(err, EL_E_DATA, "%s: result.collectives: not an array",
                       name);
    if (json_array_size(list) > EL_LINKS_MAX)
        return el_fail(err, EL_E_DATA,
                       "%s: result.collectives: %zu curves, at most %u", name,
                       json_array_size(list), EL_LINKS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        el_link_curve c;
        char where[PLACE];
        el_status st;
        size_t at = out->n;

        (void)snprintf(where, sizeof where, "%.400s: result.collectives[%zu]",
                       name, i);
        st = read_curve(json_array_get(list, i), where, &c, err);
        if (st != EL_OK)
            return st;
        for (; at > 0 && comes_before(&c, &out->curve[at - 1]); at--)
            out->curve[at] = out->curve[at - 1];
        if (at > 0 && !comes_before(&out->curve[at - 1], &c))
            return el_fail(err, EL_E_DATA, "%s: %s of %g GPUs twice", where,
                           el_collective_name(c.collective), c.gpus);
        out->curve[at] = c;
        out->n++;
    }
    return EL_OK;
}

static el_status read_result(const json_t *result, const char *name,
                             el_links *out, el_error *err)
{
    static const char *const keys[] = {
        "gpu", "spin_w_per_sm", "files", "bus_j_per_byte", "collectives", NULL};
    char where[PLACE];
    const char *gpu = NULL;
    el_status st;

    (void)snprintf(where, sizeof where, "%.400s: result", name);
    st = el_json_only_keys(result, where, keys, err);
    if (st == EL_OK)
        st = el_json_get_string(result, where, "gpu", &gpu, err);
    if (st == EL_OK && (!gpu || !*gpu))
        st = el_fail(err, EL_E_DATA, "%s.gpu: missing", where);
    if (st == EL_OK && strlen(gpu) >= sizeof out->gpu)
        st = el_fail(err, EL_E_DATA, "%s.gpu: too long", where);
    if (st == EL_OK)
        st = number(result, where, "spin_w_per_sm", 0, 1e3, true,
                    &out->spin_w_per_sm, err);
    if (st == EL_OK)
        st = number(result, where, "bus_j_per_byte", 0, 1e-3, true,
                    &out->bus_j_per_byte, err);
    if (st != EL_OK)
        return st;
    el_str_copy(out->gpu, sizeof out->gpu, gpu);
    return read_curves(json_object_get(result, "collectives"), name, out, err);
}

el_status el_links_read(const json_t *doc, const char *name, el_links *out,
                        el_error *err)
{
    el_links links = {.n = 0};
    int version;
    el_status st = el_json_check_schema(doc, name, EL_LINKS_SCHEMA,
                                        EL_LINKS_VERSION, &version, err);

    if (st == EL_OK)
        st = read_result(json_object_get(doc, "result"), name, &links, err);
    if (st == EL_OK)
        *out = links;
    return st;
}

el_status el_links_load(const char *path, el_links *out, el_error *err)
{
    json_t *doc = NULL;
    el_status st = el_json_load(path, &doc, err);

    if (st == EL_OK)
        st = el_links_read(doc, path, out, err);
    json_decref(doc);
    return st;
}
