/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_text.h"

#include "cli/format.h"
#include "cli/text_table.h"

#define MAX_LISTED 20u /* rows of a table on the terminal */

/* "tp=2 pp=1", degrees of 1 left out except tp; dtype where it varies */
static void print_config(const el_planned *p, size_t run, el_buf *out)
{
    const el_point *q = &p->runs.point[run];

    el_buf_printf(out, "tp=%g", q->tp);
    if (q->pp > 1.0)
        el_buf_printf(out, " pp=%g", q->pp);
    if (q->ep > 1.0)
        el_buf_printf(out, " ep=%g", q->ep);
    if (q->dp > 1.0)
        el_buf_printf(out, " dp=%g", q->dp);
    if (p->space.n_dtype > 1)
        el_buf_printf(out, " %s", p->space.dtype[p->runs.dtype[run]]);
}

static void config_cell(el_text_table *t, const el_planned *p, size_t run)
{
    el_buf text = {0};

    print_config(p, run, &text);
    el_text_table_cell(t, el_buf_text(&text));
    el_buf_clear(&text);
}

static void load_cells(el_text_table *t, const el_planned *p, size_t run)
{
    const el_point *q = &p->runs.point[run];

    el_text_table_cellf(t, "%.0f", q->batch);
    el_text_table_cellf(t, "%.0f", q->isl);
    el_text_table_cellf(t, "%.0f", q->osl);
}

static el_status print_runs(const el_planned *p, el_plan_style style,
                            el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"run", NULL, false, 0},    {"configuration", NULL, true, 0},
        {"batch", NULL, false, 0},  {"input", NULL, false, 0},
        {"output", NULL, false, 0}, {"expected", "a request", false, 1},
        {"gain", "%", false, 2}};
    bool active = p->design == EL_DESIGN_ACTIVE;
    el_text_table *t = el_text_table_new(column, active ? 7 : 6);
    el_status st;

    for (size_t i = 0; i < p->n_step && i < MAX_LISTED; i++) {
        el_text_table_cellf(t, "%zu", i + 1);
        config_cell(t, p, p->step[i].run);
        load_cells(t, p, p->step[i].run);
        el_text_table_cell(t, el_fmt_energy(p->energy_j[p->step[i].run]).s);
        if (active)
            el_text_table_number(t, 100.0 * p->step[i].gain, 2);
    }
    el_buf_add(out, "\nRuns\n");
    st = el_text_table_print(t, style.width, style.color, out, err);
    el_text_table_free(t);
    if (p->n_step > MAX_LISTED)
        el_buf_printf(out, "  and %zu more: -o FILE has all\n",
                      p->n_step - MAX_LISTED);
    return st;
}

static el_status print_winners(const el_planned *p, el_plan_style style,
                               el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"batch", NULL, false, 0},   {"input", NULL, false, 0},
        {"output", NULL, false, 0},  {"cheapest", NULL, true, 0},
        {"energy", "J", false, 0},   {"interval", "90 %", false, 2},
        {"of", "choices", false, 3}, {"sure", NULL, false, 0}};
    el_text_table *t = el_text_table_new(column, 8);
    el_status st;

    for (size_t i = 0; i < p->runs.n_load && i < MAX_LISTED; i++) {
        const el_load_winner *w = &p->winner[i];

        load_cells(t, p, w->run);
        config_cell(t, p, w->run);
        el_text_table_number(t, w->energy_j, 3);
        el_text_table_cell(t, el_fmt_interval(w->lo_j, w->hi_j, 2).s);
        el_text_table_cellf(t, "%zu", w->choices);
        el_text_table_cell(t, el_fmt_percent(w->share).s);
    }
    el_buf_add(out, "\nWinners, as believed now\n");
    st = el_text_table_print(t, style.width, style.color, out, err);
    el_text_table_free(t);
    if (p->runs.n_load > MAX_LISTED)
        el_buf_printf(out, "  and %zu more: --json has all\n",
                      p->runs.n_load - MAX_LISTED);
    return st;
}

static void print_verdict(const el_planned *p, el_buf *out)
{
    const el_design_step *last = p->n_step ? &p->step[p->n_step - 1] : NULL;

    if (!el_is_known(p->settled)) {
        el_buf_add(out, "Winners   no load has two configurations to choose "
                        "from\n");
        return;
    }
    el_buf_printf(out, "Winners   sure in %s of draws over %zu loads",
                  el_fmt_percent(p->settled).s, p->runs.n_load);
    if (p->settled >= EL_CONTEST_SETTLED)
        el_buf_printf(out, ": settled (%.0f %%)", 100.0 * EL_CONTEST_SETTLED);
    else if (last && el_is_known(last->settled))
        el_buf_printf(out, ", %s expected after these runs",
                      el_fmt_percent(last->settled).s);
    el_buf_add(out, "\n");
}

el_status el_plan_text(const el_planned *p, el_plan_style style, el_buf *out,
                       el_error *err)
{
    el_status st = EL_OK;

    el_buf_printf(out, "%s on %s, %s: %zu of %zu runs feasible, %zu measured\n",
                  p->key.model, p->key.gpu, p->key.engine, p->runs.n,
                  p->runs.n_grid, p->n_used);
    el_buf_printf(out, "Plan      %zu run%s, %s%s\n", p->n_step,
                  p->n_step == 1 ? "" : "s", el_design_name(p->design),
                  p->design == EL_DESIGN_ACTIVE ? ", most telling first" : "");
    print_verdict(p, out);
    if (p->n_short > 0)
        el_buf_printf(out,
                      "Short     %zu run%s may end before fit counts them "
                      "(--min-latency): repeat the batch\n",
                      p->n_short, p->n_short == 1 ? "" : "s");
    if (style.runs && p->n_step > 0)
        st = print_runs(p, style, out, err);
    return st == EL_OK ? print_winners(p, style, out, err) : st;
}
