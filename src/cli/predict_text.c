/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/predict_text.h"

#include <math.h>
#include <string.h>

#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"

#define LABEL  18   /* columns of the left side */
#define BAR    30.0 /* cells of a bar of 100 % */
#define MERGED 8u

/* What a cause is, for people. */
static const struct {
    const char *name, *words;
} cause[] = {{"prefill_compute", "prompt: compute"},
             {"prefill_attention", "prompt: attention"},
             {"weights", "reading weights"},
             {"overhead", "launch, idle, sync"},
             {"compute", "answer: compute"},
             {"kv_read", "reading KV cache"},
             {"idle", "idle GPUs"},
             {"facility", "cooling and losses"},
             {"prefill", "prompt"},
             {"vision", "images"},
             {"communication", "communication"},
             {"idle_power", "idle power"}};

const char *el_cause_at(size_t i)
{
    return i < sizeof cause / sizeof *cause ? cause[i].name : NULL;
}

const char *el_cause_words(const char *name)
{
    for (size_t i = 0; i < sizeof cause / sizeof *cause; i++)
        if (strcmp(cause[i].name, name) == 0)
            return cause[i].words;
    return name;
}

static el_style source_style(el_source source)
{
    return source <= EL_SOURCE_FITTED ? EL_STYLE_GOOD : EL_STYLE_WARN;
}

static void line(el_buf *out, const char *label, const char *value,
                 const char *extra)
{
    el_buf_printf(out, "%-*s%s%s%s\n", LABEL, label, value, *extra ? "   " : "",
                  extra);
}

static void question(const el_row *r, double weight_bits, el_buf *out)
{
    el_buf_printf(out, "%s on %s, ", r->model, r->gpu);
    el_fmt_precision(*r->precision ? r->precision : "precision not named",
                     weight_bits, out);
    el_buf_printf(out, "%s%s\n", *r->engine ? ", " : "", r->engine);
    el_buf_printf(out, "tp=%g", r->tp);
    if (r->pp > 1.0)
        el_buf_printf(out, " pp=%g", r->pp);
    if (r->ep > 1.0)
        el_buf_printf(out, " ep=%g", r->ep);
    if (r->dp > 1.0)
        el_buf_printf(out, " dp=%g", r->dp);
    el_buf_printf(out, " (%g GPU%s), %g requests in flight, ", r->num_gpus,
                  r->num_gpus > 1.0 ? "s" : "", r->batch_size);
    if (el_is_known(r->input_tokens))
        el_buf_printf(out, "%g tokens in, ", r->input_tokens);
    el_buf_printf(out, "%g tokens out\n\n", r->output_tokens);
}

static el_text interval(double lo, double hi, const char *unit)
{
    el_text t = el_fmt_interval_si(lo, hi, unit, 3);

    return t;
}

static void time_line(el_buf *out, const char *label, double v, double lo,
                      double hi)
{
    if (!el_is_known(v))
        line(out, label, "-", "the fit has no such time");
    else
        line(out, label, el_fmt_time(v).s, interval(lo, hi, "s").s);
}

static void numbers(const el_prediction *p, const el_row *row, el_scope scope,
                    el_buf *out)
{
    static const char *const whose[] = {"GPUs in use", "whole nodes",
                                        "facility"};

    line(out, "energy/request", el_fmt_energy(p->energy_per_request_j).s,
         interval(p->energy_per_request_lo_j, p->energy_per_request_hi_j, "J")
             .s);
    line(out, "energy/token", el_fmt_energy(p->energy_per_output_token_j).s,
         "per output token");
    if (el_is_known(p->prefill_energy_j)) {
        el_buf share = {0};

        el_buf_printf(&share, "decode %s", el_fmt_energy(p->decode_energy_j).s);
        line(out, "of it prefill", el_fmt_energy(p->prefill_energy_j).s,
             el_buf_text(&share));
        el_buf_clear(&share);
    }
    time_line(out, "TTFT", p->ttft_s, p->ttft_lo_s, p->ttft_hi_s);
    time_line(out, "TPOT", p->tpot_s, p->tpot_lo_s, p->tpot_hi_s);
    line(out, "all requests", el_fmt_time(p->latency_s).s, "end to end");
    line(out, "power", el_fmt_power(p->avg_power_w).s, whose[scope]);
    line(out, "1M output tokens",
         el_fmt_wh(1e6 * p->energy_per_output_token_j).s,
         row->output_tokens > 0.0 ? whose[scope] : "");
}

static void bar(const el_cli *cli, const char *label, double v, double total,
                el_buf *out)
{
    double share = total > 0.0 ? v / total : 0.0;
    size_t cells = (size_t)lround(fmin(fmax(share, 0.0), 1.0) * BAR);
    el_text energy = el_fmt_energy(v);

    el_buf_printf(out, "  %-20s %10s %7s  ", label, energy.s,
                  el_fmt_percent(share).s);
    for (size_t i = 0; i < cells; i++)
        el_buf_add(out, cli->utf8 ? "\xe2\x96\x88" : "#");
    el_buf_add(out, "\n");
}

static void causes(const el_cli *cli, el_scope scope, const el_answer *a,
                   el_buf *out)
{
    double total = a->p.energy_per_request_j;

    el_buf_add(out, "\nwhere the joules of one request go\n");
    for (size_t i = 0; i < a->p.terms.n; i++)
        bar(cli, el_cause_words(a->p.terms.term[i].name),
            a->p.terms.term[i].value, total, out);
    if (scope != EL_SCOPE_GPUS)
        bar(cli, el_cause_words("idle"), a->idle_j, total, out);
    if (scope == EL_SCOPE_FACILITY)
        bar(cli, el_cause_words("facility"), a->overhead_j, total, out);
    if (a->p.terms.n == 0)
        el_buf_add(out, "  this form does not tell causes apart\n");
}

static void where_from(const el_cli *cli, const el_answer *a, el_buf *out)
{
    const char *on = el_style_on(source_style(a->p.source), cli->color);
    const char *off = el_style_off(cli->color);
    el_buf text = {0};

    el_buf_add(&text, el_source_name(a->p.source));
    if (a->fit)
        el_buf_printf(&text, " (fit of %s on %s, %s%s%s)", a->fit->model,
                      a->fit->gpu, a->fit->precision,
                      *a->fit->engine ? ", " : "", a->fit->engine);
    if (*a->note)
        el_buf_printf(&text, ": %s", a->note);
    el_buf_printf(out, "\n%s", on);
    el_help_wrap(el_buf_text(&text), 0, 2,
                 cli->width > 20 ? (size_t)cli->width : 20, out);
    el_buf_printf(out, "%s\n", off);
    el_buf_clear(&text);
}

void el_predict_text_one(const el_cli *cli, el_scope scope, const el_row *row,
                         const el_answer *answer, bool explain, el_buf *out)
{
    question(row, answer->weight_bits, out);
    if (!answer->ok) {
        el_buf_printf(out, "cannot be predicted: %s\n", answer->note);
        return;
    }
    numbers(&answer->p, row, scope, out);
    if (explain)
        causes(cli, scope, answer, out);
    where_from(cli, answer, out);
    el_buf_printf(out, "Ranges hold %.0f %% of runs.\n", 100.0 * EL_LEVEL);
}

static void table_row(el_text_table *t, const el_row *r, const el_answer *a)
{
    const el_prediction *p = &a->p;

    el_text_table_cell(t, r->model);
    el_text_table_cell(t, r->gpu);
    el_text_table_cellf(t, "%g", r->tp);
    el_text_table_cellf(t, "%g", r->pp);
    el_text_table_cellf(t, "%g", r->ep);
    el_text_table_cellf(t, "%g", r->dp);
    el_text_table_cellf(t, "%g", r->batch_size);
    el_text_table_number(t, r->input_tokens, 4);
    el_text_table_number(t, r->output_tokens, 4);
    el_text_table_number(t, p->energy_per_request_j, 4);
    el_text_table_cell(t, el_fmt_interval(p->energy_per_request_lo_j,
                                          p->energy_per_request_hi_j, 3)
                              .s);
    el_text_table_number(t, p->energy_per_output_token_j, 3);
    el_text_table_cell(t, el_fmt_time(p->ttft_s).s);
    el_text_table_cell(t, el_fmt_time(p->tpot_s).s);
    el_text_table_cell(t, el_fmt_power(p->avg_power_w).s);
    el_text_table_cell(t, a->ok ? el_source_name(p->source) : "-");
    el_text_table_cell(t, a->note);
}

el_status el_predict_text_table(const el_cli *cli, const el_row *row,
                                const el_answer *answer, size_t n, el_buf *out,
                                el_error *err)
{
    static const el_column column[] = {
        {"model", NULL, true, 1},      {"gpu", NULL, true, 2},
        {"tp", NULL, false, 0},        {"pp", NULL, false, 8},
        {"ep", NULL, false, 8},        {"dp", NULL, false, 8},
        {"batch", NULL, false, 0},     {"in", "tokens", false, 3},
        {"out", "tokens", false, 3},   {"energy", "J/request", false, 0},
        {"90 % range", "J", false, 4}, {"energy", "J/token", false, 2},
        {"TTFT", NULL, false, 4},      {"TPOT", NULL, false, 4},
        {"power", NULL, false, 6},     {"source", NULL, true, 0},
        {"note", NULL, true, 7}};
    el_text_table *t =
        el_text_table_new(column, sizeof column / sizeof *column);
    el_status st;

    for (size_t i = 0; i < n; i++)
        table_row(t, &row[i], &answer[i]);
    st = el_text_table_print(t, cli->width, cli->color, out, err);
    el_text_table_free(t);
    return st;
}
