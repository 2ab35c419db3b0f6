/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/meter_text.h"

#include <math.h>

#include "cli/format.h"
#include "cli/term.h"
#include "cli/text_table.h"

static const el_column columns[] = {
    {.title = "Device", .left = true},
    {.title = "Energy", .unit = "J"},
    {.title = "+-", .unit = "J", .priority = 3},
    {.title = "Above idle", .unit = "J", .priority = 1},
    {.title = "Mean", .unit = "W"},
    {.title = "Max", .unit = "W", .priority = 2},
    {.title = "Idle", .unit = "W", .priority = 2},
    {.title = "Read from", .left = true, .priority = 4},
};

static const char *source_name(el_energy_source source)
{
    return source == EL_BY_COUNTER ? "counter"
           : source == EL_BY_POWER ? "polled power"
                                   : "nothing";
}

/* Rounding of a difference is not shown as energy. */
static double above_idle(double above_j, double energy_j)
{
    return fabs(above_j) < 1e-9 * energy_j ? 0 : above_j;
}

static void device_row(el_text_table *t, const el_metered_device *d)
{
    const el_energy *e = &d->energy;
    bool known = e->source != EL_BY_NONE;

    el_text_table_cellf(t, "%zu %s", d->index, d->about.name);
    el_text_table_number(t, e->energy_j, 6);
    el_text_table_number(t, known ? e->error_j : (double)NAN, 2);
    el_text_table_number(t, above_idle(d->above_idle_j, e->energy_j), 6);
    el_text_table_number(t, known ? e->mean_w : (double)NAN, 4);
    el_text_table_number(t, known ? e->max_w : (double)NAN, 4);
    el_text_table_number(t, d->idle_before_w, 4);
    el_text_table_cell(t, source_name(e->source));
}

static void total_row(el_text_table *t, const el_metered *m)
{
    el_text_table_cell(t, "all");
    el_text_table_number(t, m->energy_j, 6);
    el_text_table_number(t, m->error_j, 2);
    el_text_table_number(t, above_idle(m->above_idle_j, m->energy_j), 6);
    el_text_table_number(t, m->energy_j / m->time_s, 4);
    el_text_table_cell(t, "");
    el_text_table_cell(t, "");
    el_text_table_cell(t, "");
    el_text_table_highlight(t);
}

/* What each flag means, in the words of docs/measuring.md. */
static const char *meaning(uint32_t flag)
{
    switch (flag) {
    case EL_Q_SHORT:
        return "short window: below 3 s meters can be far off";
    case EL_Q_GAP:
        return "a hole in the readings";
    case EL_Q_PARTIAL:
        return "PARTIAL: energy of a part of the run only";
    case EL_Q_COUNTER_FELL:
        return "the energy counter fell without a wrap";
    case EL_Q_CLOCK_BACK:
        return "readings whose time does not grow were left out";
    case EL_Q_DISAGREE:
        return "counter and polled power differ by more than 5 %";
    case EL_Q_COARSE:
        return "sampled coarsely: the error is above 1 %";
    case EL_Q_THROTTLE_POWER:
        return "was held at its power limit";
    case EL_Q_THROTTLE_HEAT:
        return "was throttled by heat or hardware";
    case EL_Q_FOREIGN:
        return "other processes use the device";
    case EL_Q_WHOLE_BOARD:
        return "MIG: the power is that of the whole board";
    case EL_Q_IDLE_DRIFT:
        return "idle power before and after differ";
    default:
        return "";
    }
}

static void notes(el_cli *cli, const el_metered_device *d)
{
    const char *on = el_style_on(EL_STYLE_WARN, cli->color);
    const char *off = el_style_off(cli->color);

    for (unsigned bit = 0; el_quality_name(bit); bit++)
        if (d->energy.flags & (1u << bit))
            el_buf_printf(&cli->out, "%s%zu: %s%s\n", on, d->index,
                          meaning(1u << bit), off);
    if (d->why[0])
        el_buf_printf(&cli->out, "%s%zu: %zu readings failed: %s%s\n", on,
                      d->index, d->n_failed, d->why, off);
}

el_status el_meter_text(el_cli *cli, const el_metered *m, el_error *err)
{
    el_text_table *t =
        el_text_table_new(columns, sizeof columns / sizeof *columns);
    el_status st;

    for (size_t i = 0; i < m->n; i++)
        device_row(t, &m->device[i]);
    if (m->n > 1)
        total_row(t, m);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    if (st != EL_OK)
        return st;
    el_buf_printf(&cli->out, "\n%s, read by %s every %s",
                  el_fmt_time(m->time_s).s, m->meter,
                  el_fmt_time(m->interval_s).s);
    if (m->exit_code)
        el_buf_printf(&cli->out, "; the command ended with %d", m->exit_code);
    el_buf_add(&cli->out, "\n");
    for (size_t i = 0; i < m->n; i++)
        notes(cli, &m->device[i]);
    return EL_OK;
}

static void device_line(el_cli *cli, const el_meters_device *d)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } can[] = {{EL_HAVE_ENERGY, "energy counter"},
               {EL_HAVE_POWER, "power"},
               {EL_HAVE_TEMP, "temperature"},
               {EL_HAVE_SM_CLOCK, "clocks"},
               {EL_HAVE_THROTTLE, "throttling"}};
    bool more = false;

    if (!d->usable) {
        el_buf_printf(&cli->out, "  %zu cannot be measured: %s\n", d->index,
                      d->why);
        return;
    }
    el_buf_printf(&cli->out, "  %zu %s %s:", d->index, d->about.name,
                  d->about.id);
    for (size_t i = 0; i < sizeof can / sizeof *can; i++)
        if (d->about.can & can[i].bit) {
            el_buf_printf(&cli->out, "%s %s", more ? "," : "", can[i].text);
            more = true;
        }
    if (d->about.wrap_j > 0)
        el_buf_printf(&cli->out, "; wraps at %s",
                      el_fmt_energy(d->about.wrap_j).s);
    if (d->about.note[0])
        el_buf_printf(&cli->out, "; %s", d->about.note);
    if (d->n_users > 0)
        el_buf_printf(&cli->out, "; in use by %zu processes", d->n_users);
    el_buf_add(&cli->out, "\n");
}

void el_meters_text(el_cli *cli, const el_meters *list)
{
    for (size_t k = 0; k < list->n; k++) {
        const el_meters_kind *kind = &list->kind[k];
        const char *on = el_style_on(
            kind->usable ? EL_STYLE_GOOD : EL_STYLE_WARN, cli->color);

        el_buf_printf(&cli->out, "%-14s %s%s%s  %s\n", kind->name, on,
                      kind->usable ? "can measure" : "not here",
                      el_style_off(cli->color),
                      kind->usable ? kind->what : kind->why);
        for (size_t i = 0; i < kind->n; i++)
            device_line(cli, &kind->device[i]);
    }
}
