/* SPDX-License-Identifier: Apache-2.0 */
/* The result of meter for programs. */
#include "app/meter.h"
#include "io/csv.h"
#include "io/json.h"

#include <math.h>
#include <string.h>

static const char *const sources[] = {
    [EL_BY_NONE] = NULL, [EL_BY_COUNTER] = "counter", [EL_BY_POWER] = "power"};

static json_t *flags_json(uint32_t flags)
{
    json_t *list = json_array();

    for (unsigned bit = 0; el_quality_name(bit); bit++)
        if (flags & (1u << bit))
            json_array_append_new(list, json_string(el_quality_name(bit)));
    return list;
}

/* Vendor strings may hold anything; JSON takes UTF-8 only. */
static json_t *text_json(const char *text)
{
    json_t *s = json_string(text);

    return s ? s : json_string("?");
}

static json_t *device_json(const el_metered_device *d)
{
    const el_energy *e = &d->energy;
    json_t *o = json_object();
    const char *by = sources[e->source];
    bool known = e->source != EL_BY_NONE;
    int bad = 0;

    const struct {
        const char *key;
        double v;
    } number[] = {
        {"energy_j", e->energy_j},
        {"energy_error_j", known ? e->error_j : (double)NAN},
        {"energy_by_counter_j", known ? e->from_counter_j : (double)NAN},
        {"energy_by_power_j", known ? e->from_power_j : (double)NAN},
        {"energy_above_idle_j", d->above_idle_j},
        {"mean_power_w", known ? e->mean_w : (double)NAN},
        {"max_power_w", known ? e->max_w : (double)NAN},
        {"idle_before_w", d->idle_before_w},
        {"idle_after_w", d->idle_after_w},
        {"covered_s", e->covered_s},
        {"throttled_share", known ? e->throttled_share : (double)NAN},
    };

    for (size_t i = 0; i < sizeof number / sizeof *number; i++)
        bad |=
            json_object_set_new(o, number[i].key, el_json_number(number[i].v));
    bad |= json_object_set_new(o, "index", json_integer((json_int_t)d->index));
    bad |= json_object_set_new(o, "id", text_json(d->about.id));
    bad |= json_object_set_new(o, "name", text_json(d->about.name));
    bad |= json_object_set_new(o, "source", by ? json_string(by) : json_null());
    bad |= json_object_set_new(o, "flags", flags_json(e->flags));
    bad |= json_object_set_new(o, "lost", json_boolean(d->lost));
    bad |= json_object_set_new(o, "error",
                               d->why[0] ? text_json(d->why) : json_null());
    bad |= json_object_set_new(o, "readings", json_integer((json_int_t)e->n));
    bad |= json_object_set_new(o, "readings_failed",
                               json_integer((json_int_t)d->n_failed));
    if (bad == 0)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *command_json(const char *const *argv)
{
    json_t *list = json_array();

    for (size_t i = 0; argv[i]; i++)
        json_array_append_new(list, text_json(argv[i]));
    return list;
}

static json_t *devices_json(const el_metered *m)
{
    json_t *list = json_array();

    for (size_t i = 0; i < m->n; i++)
        if (json_array_append_new(list, device_json(&m->device[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

json_t *el_metered_json(const el_metered *m, const char *const *argv)
{
    return json_pack(
        "{s:s, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:b, s:I, s:o, s:o}", "meter",
        m->meter, "command", command_json(argv), "devices", devices_json(m),
        "exit_code", m->exit_code, "time_s", el_json_number(m->time_s),
        "energy_j", el_json_number(m->energy_j), "energy_error_j",
        el_json_number(m->error_j), "energy_above_idle_j",
        el_json_number(m->above_idle_j), "partial", m->partial, "ticks_missed",
        (json_int_t)m->cost.n_missed, "interval_s",
        el_json_number(m->interval_s), "sampler_cpu_s",
        el_json_number(m->cost.cpu_s));
}

static void cell(el_buf *out, double v)
{
    if (isfinite(v))
        el_buf_printf(out, "%.17g", v);
    el_buf_add(out, ",");
}

void el_metered_csv(const el_metered *m, el_buf *out)
{
    el_buf_add(out, "index,id,name,time_s,energy_j,energy_error_j,source,"
                    "mean_power_w,max_power_w,idle_before_w,idle_after_w,"
                    "energy_above_idle_j,exit_code,quality_flag\n");
    for (size_t i = 0; i < m->n; i++) {
        const el_metered_device *d = &m->device[i];
        const el_energy *e = &d->energy;
        bool known = e->source != EL_BY_NONE, more = false;

        el_buf_printf(out, "%zu,", d->index);
        el_csv_quote(out, d->about.id, strlen(d->about.id));
        el_buf_add(out, ",");
        el_csv_quote(out, d->about.name, strlen(d->about.name));
        el_buf_add(out, ",");
        cell(out, m->time_s);
        cell(out, e->energy_j);
        cell(out, known ? e->error_j : (double)NAN);
        el_buf_printf(out, "%s,", known ? sources[e->source] : "");
        cell(out, known ? e->mean_w : (double)NAN);
        cell(out, known ? e->max_w : (double)NAN);
        cell(out, d->idle_before_w);
        cell(out, d->idle_after_w);
        cell(out, d->above_idle_j);
        el_buf_printf(out, "%d,", m->exit_code);
        for (unsigned bit = 0; el_quality_name(bit); bit++)
            if (e->flags & (1u << bit)) {
                el_buf_printf(out, "%s%s", more ? ";" : "",
                              el_quality_name(bit));
                more = true;
            }
        el_buf_add(out, "\n");
    }
}
