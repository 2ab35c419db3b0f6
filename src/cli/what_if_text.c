/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/what_if_text.h"

#include <math.h>

#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "io/plot_bars.h"

enum { LABEL = 10 };

static void say(el_cli *cli, const char *label, const char *text)
{
    el_buf_printf(&cli->out, "%-*s", LABEL, label);
    el_help_wrap(text, LABEL, LABEL,
                 (size_t)(cli->width > 40 ? cli->width : 40), &cli->out);
    el_buf_add(&cli->out, "\n");
}

/* The first change that fits and saves joules. */
static const el_what_if *first_of(const el_explanation *a)
{
    for (size_t i = 0; i < a->n_what_if; i++)
        if (a->what_if[i].fits && a->what_if[i].saved_j_per_token > 0.0)
            return &a->what_if[i];
    return NULL;
}

/* "+0.648", "-1,600": the sign is what is looked for. */
static void change_cell(el_text_table *t, double v)
{
    el_text_table_cellf(t, "%s%s", v < 0.0 ? "-" : "+",
                        el_fmt_number(fabs(v), 3).s);
}

static void row(el_text_table *t, const el_explanation *a, const el_what_if *w)
{
    double base = a->prediction.energy_per_output_token_j;
    bool saves = w->saved_j_per_token >= 0.0;

    el_text_table_cell(t, w->change);
    el_text_table_number(t, w->j_per_token, 3);
    change_cell(t, w->saved_j_per_token);
    el_text_table_cell(t,
                       el_fmt_interval(saves ? w->saved_lo_j : w->saved_hi_j,
                                       saves ? w->saved_hi_j : w->saved_lo_j, 2)
                           .s);
    el_text_table_cellf(t, "%+.1f", 100.0 * w->saved_j_per_token / base);
    change_cell(t, 1e3 * w->saved_tpot_s);
    change_cell(t, 1e3 * w->saved_ttft_s);
    el_text_table_cell(t, w->fits ? "" : "does not fit");
}

static el_status print_table(el_cli *cli, const el_explanation *a,
                             el_error *err)
{
    static const el_column column[] = {
        {"what if", NULL, true, 0},     {"energy", "J/token", false, 0},
        {"saves", "J/token", false, 0}, {"band", "90 %", false, 3},
        {"saves", "%", false, 0},       {"TPOT", "saves ms", false, 1},
        {"TTFT", "saves ms", false, 2}, {"", NULL, true, 0}};
    el_text_table *t = el_text_table_new(column, 8);
    const el_what_if *first = first_of(a);
    el_status st;

    for (size_t i = 0; i < a->n_what_if; i++) {
        row(t, a, &a->what_if[i]);
        if (&a->what_if[i] == first)
            el_text_table_highlight(t);
    }
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

static el_status print_bars(el_cli *cli, const el_explanation *a, el_error *err)
{
    const el_plot_text_style style = {
        .width = cli->width, .utf8 = cli->utf8, .color = cli->color};
    el_plot_bar bar[EL_MAX_WHAT_IF];

    for (size_t i = 0; i < a->n_what_if; i++) {
        const el_what_if *w = &a->what_if[i];
        bar[i] = (el_plot_bar){w->change, w->saved_j_per_token, w->saved_lo_j,
                               w->saved_hi_j};
    }
    el_buf_add(&cli->out, "\nJoules saved, right, or lost, left; shaded to the "
                          "end of the band\n");
    return el_plot_bars(bar, a->n_what_if, &style, &cli->out, err);
}

static void print_first(el_cli *cli, const el_explanation *a)
{
    const el_what_if *w = first_of(a);
    double base = a->prediction.energy_per_output_token_j;
    el_buf text = {0};

    el_buf_add(&cli->out, "\n");
    if (w) {
        el_buf_printf(&text, "%s: %s fewer joules", w->change,
                      el_fmt_percent(w->saved_j_per_token / base).s);
        el_buf_printf(&text, ", TPOT %s %s",
                      el_fmt_time(fabs(w->saved_tpot_s)).s,
                      w->saved_tpot_s >= 0.0 ? "shorter" : "longer");
        say(cli, "First", el_buf_text(&text));
    } else {
        say(cli, "First", "nothing tried here saves joules");
    }
    el_buf_clear(&text);
    el_buf_printf(
        &text,
        "%s J per output token, prompts included, TPOT %s, TTFT %s of "
        "the batch; below 0 costs more. Bands hold the model's error "
        "common to both sides: the order is surer than the sizes",
        el_fmt_number(base, 3).s, el_fmt_time(a->prediction.tpot_s).s,
        el_fmt_time(a->prediction.ttft_s).s);
    say(cli, "Against", el_buf_text(&text));
    el_buf_clear(&text);
}

el_status el_what_if_text(el_cli *cli, const el_explanation *a, el_error *err)
{
    el_status st;

    el_buf_add(&cli->out, "\n");
    st = print_table(cli, a, err);
    if (st == EL_OK && cli->width >= 40)
        st = print_bars(cli, a, err);
    if (st == EL_OK)
        print_first(cli, a);
    return st;
}
