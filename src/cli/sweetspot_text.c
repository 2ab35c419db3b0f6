/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/sweetspot_text.h"

#include <math.h>
#include <stdio.h>

#include "cli/format.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "io/plot.h"

#define HEAT_HEIGHT 19
#define MAX_ROWS    12u /* prompt lengths with their best answers */

void el_sweetspot_place(const el_sweetspot_answer *a, el_buf *out)
{
    const el_surface *s = &a->surface[a->now];
    const char *const name[] = {a->key.precision, a->key.engine};

    el_buf_add(out, a->key.gpu);
    for (size_t i = 0; i < 2; i++)
        if (*name[i])
            el_buf_printf(out, ", %s", name[i]);
    if (el_is_known(s->batch))
        el_buf_printf(out, ", tp=%g batch=%g", s->tp, s->batch);
}

static el_text token_text(double token_j)
{
    return el_fmt_si(token_j, "J", 3);
}

static void print_head(const el_sweetspot_answer *a, el_buf *out)
{
    const el_surface *s = &a->surface[a->now];

    el_buf_printf(out, "%s on ", a->key.model);
    el_sweetspot_place(a, out);
    if (s->n_known)
        el_buf_printf(out, "  [%s]", el_source_name(s->source));
    el_buf_add(out, "\n");
    if (*a->note)
        el_buf_printf(out, "note: %s\n", a->note);
    el_buf_add(out, "\n");
}

static el_status print_heat(const el_cli *cli, const el_sweetspot_answer *a,
                            el_buf *out, el_error *err)
{
    const el_surface *s = &a->surface[a->now];
    const el_plot_heat heat = {.x = a->grid.isl,
                               .y = a->grid.osl,
                               .n_x = a->grid.n_isl,
                               .n_y = a->grid.n_osl,
                               .z = s->token_j};
    const el_plot_text_style style = {.width = cli->width,
                                      .height = HEAT_HEIGHT,
                                      .utf8 = cli->utf8,
                                      .color = cli->color};

    el_buf_add(out, "Joules per output token over the least of them; output "
                    "tokens upwards, input across\n\n");
    return el_plot_heat_text(&heat, &style, out, err);
}

static void print_spot(const char *label, const el_spot *s, el_buf *out)
{
    el_buf_printf(out, "%-8s input %g, output %g: %s a token", label, s->isl,
                  s->osl, token_text(s->token_j).s);
    if (el_is_known(s->lo_j))
        el_buf_printf(out, " (90 %%: %s)",
                      el_fmt_interval_si(s->lo_j, s->hi_j, "J", 3).s);
    el_buf_add(out, "\n");
}

static void print_summary(const el_surface *surface, el_buf *out)
{
    el_surface_summary s;

    if (!el_surface_summarise(surface, &s))
        return;
    el_buf_add(out, "\n");
    print_spot("best", &s.best, out);
    el_buf_printf(out, "%-8s %zu cells: output %g to %g, input up to %g\n",
                  "in 10 %", s.n_near, s.near_osl_lo, s.near_osl_hi,
                  s.near_isl);
    print_spot("worst", &s.worst, out);
    el_buf_printf(out, "%-8s %s times the best\n", "", /* aligned */
                  el_fmt_number(s.ratio, 3).s);
}

static el_status print_best_osl(const el_cli *cli, const el_surface *s,
                                el_buf *out, el_error *err)
{
    static const el_column column[] = {{"input", "tokens", false, 0},
                                       {"best output", "tokens", false, 0},
                                       {"J/token", "there", false, 0},
                                       {"within 10 %", "tokens", false, 1},
                                       {"", NULL, true, 2}};
    const el_length_grid *g = s->grid;
    size_t step = (g->n_isl + MAX_ROWS - 1) / MAX_ROWS;
    el_text_table *table = el_text_table_new(column, 5);
    el_status st;

    for (size_t i = 0; i < g->n_isl; i += step) {
        const el_best_osl b = el_surface_best_osl(s, i);

        if (!el_is_known(b.osl))
            continue;
        el_text_table_cellf(table, "%g", b.isl);
        el_text_table_cellf(table, "%g", round(b.osl));
        el_text_table_number(table, b.token_j, 3);
        el_text_table_cellf(table, "%g..%g", b.near_lo, b.near_hi);
        el_text_table_cell(table, b.at_edge ? "grid ends here" : "");
    }
    el_buf_add(out, "\n");
    st = el_text_table_print(table, cli->width, cli->color, out, err);
    el_text_table_free(table);
    return st;
}

static el_status print_surfaces(const el_cli *cli, const el_sweetspot_answer *a,
                                el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"tp", NULL, false, 0},         {"batch", NULL, false, 0},
        {"best input", NULL, false, 1}, {"best output", NULL, false, 0},
        {"J/token", "there", false, 0}, {"worst/best", NULL, false, 1},
        {"source", NULL, true, 2}};
    el_text_table *table;
    el_status st;

    if (a->n < 2)
        return EL_OK;
    table = el_text_table_new(column, 7);
    for (size_t s = 0; s < a->n; s++) {
        el_surface_summary sum;

        if (!el_surface_summarise(&a->surface[s], &sum))
            continue;
        el_text_table_cellf(table, "%g", a->surface[s].tp);
        el_text_table_cellf(table, "%g", a->surface[s].batch);
        el_text_table_cellf(table, "%g", sum.best.isl);
        el_text_table_cellf(table, "%g", sum.best.osl);
        el_text_table_number(table, sum.best.token_j, 3);
        el_text_table_number(table, sum.ratio, 3);
        el_text_table_cell(table, el_source_name(a->surface[s].source));
    }
    el_buf_add(out, "\n");
    st = el_text_table_print(table, cli->width, cli->color, out, err);
    el_text_table_free(table);
    return st;
}

static el_text move_text(const el_move *m)
{
    el_text t;

    switch (m->kind) {
    case EL_MOVE_PROMPT:
        (void)snprintf(t.s, sizeof t.s, "prompts %.0f %% shorter",
                       100.0 * m->amount);
        break;
    case EL_MOVE_CAP:
        (void)snprintf(t.s, sizeof t.s, "answers of at most %g tokens",
                       m->amount);
        break;
    case EL_MOVE_MERGE:
        (void)snprintf(t.s, sizeof t.s,
                       "two calls in one, %.0f %% of a prompt shared",
                       100.0 * m->amount);
        break;
    case EL_MOVE_BATCH:
        (void)snprintf(t.s, sizeof t.s, "batch %g", m->amount);
        break;
    case EL_MOVE_TP:
        (void)snprintf(t.s, sizeof t.s, "tp %g", m->amount);
        break;
    }
    return t;
}

static void print_trace(const el_sweetspot_answer *a, el_buf *out)
{
    const el_moves *m = &a->moves;

    el_buf_printf(out,
                  "\n%s requests of the trace: %s, %s an output token; %s of "
                  "it at more than twice the best cell's\n",
                  el_fmt_count(m->n_request).s, el_fmt_energy(m->energy_j).s,
                  token_text(m->energy_j / m->output_tokens).s,
                  el_fmt_percent(m->worst_share).s);
    if (m->n_outside + a->lengths.n_blank > 0)
        el_buf_printf(out,
                      "left out: %zu outside the grid, %zu without "
                      "tokens in or out\n",
                      m->n_outside, a->lengths.n_blank);
    el_buf_add(out, "\n");
}

static el_status print_moves(const el_cli *cli, const el_sweetspot_answer *a,
                             el_buf *out, el_error *err)
{
    static const el_column column[] = {{"move", NULL, true, 0},
                                       {"saves", "joules", false, 0},
                                       {"share", NULL, false, 0},
                                       {"tokens", "not made", false, 1},
                                       {"requests", "touched", false, 1},
                                       {"unknown", "as they are", false, 2}};
    el_text_table *table;
    el_status st;

    if (!a->has_trace)
        return EL_OK;
    print_trace(a, out);
    table = el_text_table_new(column, 6);
    for (size_t i = 0; i < a->moves.n; i++) {
        const el_move *m = &a->moves.move[i];

        el_text_table_cell(table, move_text(m).s);
        el_text_table_cell(table, el_fmt_energy(m->saved_j).s);
        el_text_table_cell(table, el_fmt_percent(m->saved_share).s);
        el_text_table_cell(table, m->tokens_lost > 0.0
                                      ? el_fmt_percent(m->tokens_lost).s
                                      : "-");
        el_text_table_cell(table, el_fmt_count(m->n_changed).s);
        el_text_table_cell(table, el_fmt_count(m->n_unknown).s);
    }
    st = el_text_table_print(table, cli->width, cli->color, out, err);
    el_text_table_free(table);
    return st;
}

el_status el_sweetspot_text(const el_cli *cli,
                            const el_sweetspot_answer *answer, el_buf *out,
                            el_error *err)
{
    const el_surface *s = &answer->surface[answer->now];
    el_status st = EL_OK;

    print_head(answer, out);
    if (s->n_known) {
        st = print_heat(cli, answer, out, err);
        print_summary(s, out);
    }
    if (st == EL_OK && s->n_known)
        st = print_best_osl(cli, s, out, err);
    if (st == EL_OK)
        st = print_surfaces(cli, answer, out, err);
    if (st == EL_OK)
        st = print_moves(cli, answer, out, err);
    return st;
}
