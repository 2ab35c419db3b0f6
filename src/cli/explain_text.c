/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "cli/what_if_text.h"

enum { LABEL = 10, COLUMNS = 12 };

/* One unit for a whole column, so that its numbers compare at a glance. */
typedef struct scale {
    double time, energy;
    const char *time_unit, *energy_unit;
} scale;

static scale scale_of(const el_explain *e)
{
    scale s = {1e3, 1.0, "ms", "J"};

    if (e->time_s >= 10.0) {
        s.time = 1.0;
        s.time_unit = "s";
    }
    if (e->energy_j >= 1e4) {
        s.energy = 1e-3;
        s.energy_unit = "kJ";
    }
    return s;
}

/* 12.3, 1.23, 0.012: three decimals at most, nothing is "0.00123" */
static el_text plain(double v)
{
    el_text t;

    if (v == 0.0)
        (void)snprintf(t.s, sizeof t.s, "-");
    else if (fabs(v) < 0.1)
        (void)snprintf(t.s, sizeof t.s, "%.3f", v);
    else
        t = el_fmt_number(v, 3);
    return t;
}

static el_text share(double part, double whole)
{
    el_text t;

    (void)snprintf(t.s, sizeof t.s, "%.1f", 100.0 * part / whole);
    return t;
}

/* A line that starts with its label and is wrapped under itself. */
static void say(el_cli *cli, const char *label, const char *text)
{
    el_buf_printf(&cli->out, "%-*s", LABEL, label);
    el_help_wrap(text, LABEL, LABEL,
                 (size_t)(cli->width > 40 ? cli->width : 40), &cli->out);
    el_buf_add(&cli->out, "\n");
}

static void head(el_cli *cli, const el_explanation *a)
{
    el_buf *out = &cli->out;

    el_buf_printf(out, "%s%s on %s, ", el_style_on(EL_STYLE_BOLD, cli->color),
                  a->key->model, a->key->gpu);
    el_fmt_precision(a->key->precision, a->weight_bits, out);
    el_buf_printf(out, ", %s%s\n", a->key->engine, el_style_off(cli->color));
    el_buf_printf(out, "tp=%g", a->shard.tp);
    if (a->shard.pp > 1.0)
        el_buf_printf(out, " pp=%g", a->shard.pp);
    if (a->shard.ep > 1.0)
        el_buf_printf(out, " ep=%g", a->shard.ep);
    el_buf_printf(out,
                  " (%g GPU%s), %g request%s in flight, %g tokens in, %g out\n",
                  a->gpus, a->gpus > 1.0 ? "s" : "", a->point.batch,
                  a->point.batch > 1.0 ? "s" : "", a->point.isl, a->point.osl);
}

static const char *phase_name(const el_explain *e)
{
    return e->vision ? "Vision" : e->prefill ? "Prefill" : "Decode";
}

static void phase_head(el_cli *cli, const el_explanation *a,
                       const el_explain *e)
{
    const char *plural = e->requests > 1.0 ? "s" : "";
    el_buf text = {0};

    if (e->vision) {
        el_buf_printf(&text, "one pass, %g image%s or tile%s of %g patches",
                      e->requests, plural, plural, e->query);
        if (e->passes > 1.0)
            el_buf_printf(&text, ", one of %g passes", ceil(e->passes));
    } else if (!e->prefill) {
        el_buf_printf(&text, "one step, %g request%s, %g tokens of context",
                      e->requests, plural, e->context);
        if (e->passes > 1.0)
            el_buf_printf(&text, ", one of %g micro-batches", e->passes);
    } else {
        el_buf_printf(&text, "one pass, %g prompt%s, %.0f tokens each",
                      e->requests, plural, e->query);
        if (e->query < e->context)
            el_buf_printf(&text, " (the last chunk of %g)", e->context);
        if (e->passes > 1.0)
            el_buf_printf(&text, ", one of %g passes", ceil(e->passes));
    }
    el_buf_add(&text, a->shard.pp > 1.0 ? "; work on one GPU of each stage"
                                        : "; work on one GPU");
    el_buf_printf(&cli->out, "\n%s", el_style_on(EL_STYLE_BOLD, cli->color));
    say(cli, phase_name(e), el_buf_text(&text));
    el_buf_add(&cli->out, el_style_off(cli->color));
    el_buf_clear(&text);
}

static el_text shape(const el_op *op)
{
    el_text t = {""};

    switch (op->kind) {
    case EL_OP_GEMM:
        if (op->batch > 1.0)
            (void)snprintf(t.s, sizeof t.s, "%g * %gx%gx%g", op->batch, op->m,
                           op->n, op->k);
        else
            (void)snprintf(t.s, sizeof t.s, "%gx%gx%g", op->m, op->n, op->k);
        break;
    case EL_OP_MOE:
        (void)snprintf(t.s, sizeof t.s, "%g ex * %.3gx%gx%g", op->experts,
                       op->m, op->n, op->k);
        break;
    case EL_OP_ATTENTION:
        (void)snprintf(t.s, sizeof t.s, "%gh/%gkv x %.6g", op->heads,
                       op->kv_heads, op->context);
        break;
    case EL_OP_SCAN:
    case EL_OP_ELEMENTWISE:
    case EL_OP_EMBED:
    case EL_OP_COMM:
        break;
    }
    return t;
}

static void time_energy(el_text_table *t, const scale *s, const el_explain *e,
                        double time_s, double energy_j)
{
    el_text_table_cell(t, plain(time_s * s->time).s);
    el_text_table_cell(t, share(time_s, e->time_s).s);
    el_text_table_cell(t, plain(energy_j * s->energy).s);
    el_text_table_cell(t, share(energy_j, e->energy_j).s);
}

static void blank(el_text_table *t, size_t n)
{
    while (n-- > 0)
        el_text_table_cell(t, "");
}

static void comm_row(el_text_table *t, const scale *s, const el_explain *e,
                     const el_explain_row *r)
{
    el_text_table_cellf(t, " > %s%s", el_comm_kind_name(r->op.comm),
                        r->comm_measured ? " *" : "");
    el_text_table_cellf(t, "%g", r->op.total);
    el_text_table_cellf(t, "%g GPUs", r->op.comm_degree);
    blank(t, 2);
    el_text_table_cell(t, plain(r->comm_bytes / 1e6).s);
    el_text_table_cell(t, "");
    time_energy(t, s, e, r->comm_s, r->comm_j);
    el_text_table_cell(t, "link");
}

/* A line of its own where a group of equal layers begins. */
static void layer_row(el_text_table *t, const el_op *op)
{
    if (op->total > 1.0)
        el_text_table_cellf(t, "%s x%g", op->layer, op->total);
    else
        el_text_table_cell(t, op->layer);
    blank(t, COLUMNS - 1);
}

static void op_row(el_text_table *t, const scale *s, const el_explain *e,
                   size_t i)
{
    const el_explain_row *r = &e->row[i];

    if (i == 0 || strcmp(r->op.layer, r[-1].op.layer) != 0)
        layer_row(t, &r->op);
    if (r->op.kind != EL_OP_COMM) {
        el_text_table_cellf(t, " %s%s%s", r->op.launches ? "" : "+ ",
                            r->op.label, r->measured ? " *" : "");
        el_text_table_cellf(t, "%g", r->op.total);
        el_text_table_cell(t, shape(&r->op).s);
        el_text_table_cell(t, plain(r->flop / 1e9).s);
        el_text_table_cell(t, plain(r->weight_bytes / 1e6).s);
        el_text_table_cell(t, plain(r->act_bytes / 1e6).s);
        el_text_table_cell(t, plain(r->kv_bytes / 1e6).s);
        time_energy(t, s, e, r->time_s, r->energy_j);
        el_text_table_cell(t, el_bound_name(r->bound));
    }
    if (r->op.comm != EL_COMM_NONE)
        comm_row(t, s, e, r);
}

static void last_rows(el_text_table *t, const scale *s, const el_explain *e)
{
    double weights = 0.0, acts = 0.0, kv = 0.0;

    for (size_t i = 0; i < e->n; i++) {
        weights += e->row[i].weight_bytes;
        acts += e->row[i].act_bytes;
        kv += e->row[i].kv_bytes;
    }
    el_text_table_cell(t, "engine");
    blank(t, 6);
    time_energy(t, s, e, e->host_s, e->host_j);
    el_text_table_cell(t, "host");
    el_text_table_cell(t, "total");
    blank(t, 2);
    el_text_table_cell(t, plain(e->flop / 1e9).s);
    el_text_table_cell(t, plain(weights / 1e6).s);
    el_text_table_cell(t, plain(acts / 1e6).s);
    el_text_table_cell(t, plain(kv / 1e6).s);
    time_energy(t, s, e, e->time_s, e->energy_j);
    el_text_table_cell(t, "");
    el_text_table_highlight(t);
}

static el_status operators(el_cli *cli, const el_explain *e, el_error *err)
{
    const scale s = scale_of(e);
    const el_column column[COLUMNS] = {{"operator", NULL, true, 0},
                                       {"runs", NULL, false, 6},
                                       {"shape", "m x n x k", true, 2},
                                       {"work", "GFLOP", false, 1},
                                       {"weights", "MB", false, 1},
                                       {"acts", "MB", false, 4},
                                       {"KV", "MB", false, 3},
                                       {"time", s.time_unit, false, 0},
                                       {"", "%", false, 0},
                                       {"energy", s.energy_unit, false, 0},
                                       {"", "%", false, 0},
                                       {"bound", "by", true, 0}};
    el_text_table *t = el_text_table_new(column, COLUMNS);
    el_status st;

    for (size_t i = 0; i < e->n; i++)
        op_row(t, &s, e, i);
    last_rows(t, &s, e);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

static void summary(el_cli *cli, const el_explain *e)
{
    char text[384];

    el_buf_add(&cli->out, "\n");
    (void)snprintf(text, sizeof text, "%s a %s, %s tokens/s, %s per %s token",
                   el_fmt_time(e->time_s).s, e->prefill ? "pass" : "step",
                   el_fmt_number(e->tokens_per_s, 3).s,
                   el_fmt_energy(e->j_per_token).s,
                   e->vision    ? "image"
                   : e->prefill ? "prompt"
                                : "output");
    say(cli, "Time", text);
    (void)snprintf(text, sizeof text,
                   "%s at peak arithmetic and bandwidth: efficiency %s; "
                   "communication takes %s",
                   el_fmt_time(e->roofline_s).s,
                   el_fmt_percent(e->roofline_s / e->time_s).s,
                   el_fmt_percent(e->comm_s / e->time_s).s);
    say(cli, "Roofline", text);
    (void)snprintf(text, sizeof text, "%s, of it %s idle watts",
                   el_fmt_energy(e->energy_j).s,
                   el_fmt_percent(e->idle_j / e->energy_j).s);
    say(cli, "Energy", text);
}

static void note(el_cli *cli, const char *label, const char *text)
{
    if (!*text)
        return;
    el_buf_add(&cli->out, el_style_on(EL_STYLE_WARN, cli->color));
    say(cli, label, text);
    el_buf_add(&cli->out, el_style_off(cli->color));
}

static void memory(el_cli *cli, const el_explanation *a)
{
    double need = a->weight_bytes + a->cache_bytes + a->reserve_bytes;
    el_buf text = {0};

    el_buf_printf(
        &text,
        "%s%s per GPU: weights %s, cache %s, engine %s; it "
        "has %s",
        a->fits ? "" : "does not fit, needs ", el_fmt_bytes(need).s,
        el_fmt_bytes(a->weight_bytes).s, el_fmt_bytes(a->cache_bytes).s,
        el_fmt_bytes(a->reserve_bytes).s, el_fmt_bytes(a->memory_bytes).s);
    if (!a->fits && el_is_known(a->fits_tp))
        el_buf_printf(&text, ". The least tp that holds it is %g", a->fits_tp);
    if (a->fits)
        say(cli, "Memory", el_buf_text(&text));
    else
        note(cli, "Memory", el_buf_text(&text));
    el_buf_clear(&text);
}

static bool any_measured(const el_explanation *a)
{
    for (size_t i = 0; i < a->n_phase; i++)
        for (size_t k = 0; k < a->phase[i].n; k++)
            if (a->phase[i].row[k].measured || a->phase[i].row[k].comm_measured)
                return true;
    return false;
}

el_status el_explain_text(el_cli *cli, const el_explanation *a, el_error *err)
{
    el_status st = EL_OK;

    head(cli, a);
    for (size_t i = 0; i < a->n_phase && st == EL_OK; i++) {
        phase_head(cli, a, &a->phase[i]);
        st = operators(cli, &a->phase[i], err);
        summary(cli, &a->phase[i]);
    }
    if (st == EL_OK && a->n_what_if > 0)
        st = el_what_if_text(cli, a, err);
    el_buf_add(&cli->out, "\n");
    memory(cli, a);
    note(cli, "Sharding", a->plan_note);
    note(cli, "Shape", a->arch_note);
    note(cli, "MODELLED",
         "from shapes and data sheets, no measurement of this "
         "model; + is fused into the kernel before it");
    if (any_measured(a))
        note(cli, "*", "time measured: from --kernel-table or --links");
    return st;
}
