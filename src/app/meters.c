/* SPDX-License-Identifier: Apache-2.0 */
#include "app/meters.h"

#include "base/mem.h"
#include "base/str.h"
#include "io/json.h"

static void look(el_meter *meter, size_t i, el_meters_device *out)
{
    el_error why = {0};

    out->index = i;
    out->usable = el_meter_describe(meter, i, &out->about, &why) == EL_OK;
    if (!out->usable)
        el_str_copy(out->why, sizeof out->why, why.message);
    else if (!el_meter_users(meter, i, &out->n_users))
        out->n_users = 0;
}

static el_status look_at(const el_meter_kind *kind, el_meters_kind *out,
                         el_error *err)
{
    el_meter *meter = NULL;
    el_error why = {0};
    el_status st = el_meter_open(kind->name, &meter, &why);

    *out = (el_meters_kind){.name = kind->name, .what = kind->what};
    if (st == EL_E_NOMEM)
        return el_fail(err, st, "%s", why.message);
    if (st != EL_OK) {
        el_str_copy(out->why, sizeof out->why, why.message);
        return EL_OK;
    }
    out->device = el_array(el_meter_count(meter), sizeof *out->device);
    if (out->device) {
        out->n = el_meter_count(meter);
        for (size_t i = 0; i < out->n; i++) {
            look(meter, i, &out->device[i]);
            out->usable = out->usable || out->device[i].usable;
        }
    } else {
        st = el_fail(err, EL_E_NOMEM, "meters: out of memory");
    }
    if (!out->usable && out->n > 0)
        el_str_copy(out->why, sizeof out->why, "no device can be measured");
    el_meter_close(meter);
    return st;
}

el_status el_app_meters(el_meters *out, el_error *err)
{
    el_meters list = {.n = 0};
    el_status st = EL_OK;

    for (size_t i = 0; st == EL_OK && el_meter_kinds[i]; i++)
        if (!el_meter_kinds[i]->argument)
            st = look_at(el_meter_kinds[i], &list.kind[list.n++], err);
    if (st == EL_OK)
        *out = list;
    else
        el_meters_clear(&list);
    return st;
}

void el_meters_clear(el_meters *list)
{
    for (size_t i = 0; i < list->n; i++)
        el_free(list->kind[i].device);
    list->n = 0;
}

static json_t *text_json(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

static json_t *device_json(const el_meters_device *d)
{
    uint32_t can = d->usable ? d->about.can : 0;

    return json_pack(
        "{s:I, s:b, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:I}",
        "index", (json_int_t)d->index, "usable", d->usable, "why",
        text_json(d->why), "id", text_json(d->about.id), "name",
        text_json(d->about.name), "note", text_json(d->about.note), "energy",
        (can & EL_HAVE_ENERGY) != 0, "power", (can & EL_HAVE_POWER) != 0,
        "temperature", (can & EL_HAVE_TEMP) != 0, "clocks",
        (can & EL_HAVE_SM_CLOCK) != 0, "throttling",
        (can & EL_HAVE_THROTTLE) != 0, "partitioned", d->about.shared,
        "processes", (json_int_t)d->n_users);
}

json_t *el_meters_json(const el_meters *list)
{
    json_t *all = json_object();

    for (size_t k = 0; k < list->n; k++) {
        const el_meters_kind *kind = &list->kind[k];
        json_t *devices = json_array();

        for (size_t i = 0; i < kind->n; i++)
            json_array_append_new(devices, device_json(&kind->device[i]));
        if (json_object_set_new(
                all, kind->name,
                json_pack("{s:b, s:o, s:s, s:o}", "usable", kind->usable, "why",
                          text_json(kind->why), "what", kind->what, "devices",
                          devices)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}
