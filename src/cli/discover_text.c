/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/discover_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/discover_plot.h"
#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"

#define DIGITS    4  /* of constants in the law */
#define FEW       3  /* ... and in the table */
#define LABEL     10 /* columns before a paragraph */
#define BEFORE    38 /* columns of the table before the formula */
#define MIN_WIDTH 24

static unsigned n_fitted(const el_expr *expr)
{
    unsigned n = 0;

    for (unsigned j = 0; j < expr->n_const; j++)
        n += expr->kind[j] != EL_CONST_FIXED;
    return n;
}

static void print_law(const el_discovered *d, const el_law *law,
                      el_expr_style style, el_buf *out)
{
    el_expr_print(&law->expr, d->table.name, style, out);
}

/* A formula in what is left of the line. */
static void formula_cell(el_text_table *t, const el_discovered *d,
                         const el_law *law, int width)
{
    const el_expr_style style = {EL_NOTATION_TEXT, FEW};
    const int room = width - BEFORE < MIN_WIDTH ? MIN_WIDTH : width - BEFORE;
    el_buf text = {0};

    print_law(d, law, style, &text);
    if ((int)text.len > room)
        el_text_table_cellf(t, "%.*s...", room - 3, el_buf_text(&text));
    else
        el_text_table_cell(t, el_buf_text(&text));
    el_buf_clear(&text);
}

/* Loss on rows left out as an error: its root. */
static void cv_cell(el_text_table *t, const el_discovered *d, const el_law *law)
{
    double cv = sqrt(law->cv_loss);

    el_text_table_number(t, d->options.loss == EL_LOSS_PLAIN ? cv : 100 * cv,
                         3);
}

static el_status front_table(const el_cli *cli, const el_discovered *d,
                             el_buf *out, el_error *err)
{
    const bool plain = d->options.loss == EL_LOSS_PLAIN;
    const el_column column[] = {
        {"", NULL, true, 0},
        {"size", NULL, false, 0},
        {"fitted", NULL, false, 2},
        {plain ? "1 - R2" : "error", plain ? NULL : "%", false, 0},
        {"rms left out", plain ? NULL : "%", false, 1},
        {"nats", NULL, false, 3},
        {"law", NULL, true, 0}};
    el_text_table *t =
        el_text_table_new(column, sizeof column / sizeof *column);
    el_status st;

    for (size_t i = 0; i < d->front->n; i++) {
        const el_law *law = &d->front->law[i];
        const el_law_score *s = &d->score[i];

        el_text_table_cell(t, i == d->front->pick ? "*" : "");
        el_text_table_cellf(t, "%u", law->complexity);
        el_text_table_cellf(t, "%u", n_fitted(&law->expr));
        el_text_table_number(t, plain ? s->unexplained : 100 * s->mean_error,
                             3);
        cv_cell(t, d, law);
        el_text_table_number(t, law->length_nat, 4);
        formula_cell(t, d, law, cli->width);
        if (i == d->front->pick)
            el_text_table_highlight(t);
    }
    st = el_text_table_print(t, cli->width, cli->color, out, err);
    el_text_table_free(t);
    return st;
}

/* Each term of the outermost sum on a line of its own. */
static void print_large(const el_discovered *d, const el_law *law, el_buf *out)
{
    const el_expr_style style = {EL_NOTATION_TEXT, DIGITS};
    const size_t indent = 2 + strlen(d->table.target);
    el_buf text = {0};
    int depth = 0;

    print_law(d, law, style, &text);
    el_buf_printf(out, "  %s = ", d->table.target);
    for (const char *c = el_buf_text(&text); *c; c++) {
        depth += (*c == '(') - (*c == ')');
        if (depth == 0 && c[0] == ' ' && (c[1] == '+' || c[1] == '-'))
            el_buf_printf(out, "\n%*s", (int)indent, "");
        el_buf_add_n(out, c, 1);
    }
    el_buf_add(out, "\n");
    el_buf_clear(&text);
}

static void interval_cell(el_text_table *t, const el_law *law, unsigned j)
{
    if (law->expr.kind[j] == EL_CONST_FIXED)
        el_text_table_cell(t, "exact");
    else if (law->undetermined >> j & 1u)
        el_text_table_cell(t, "not determined");
    else
        el_text_table_cellf(t, "%.*g..%.*g", DIGITS, law->lo[j], DIGITS,
                            law->hi[j]);
}

static el_status constant_table(const el_cli *cli, const el_discovered *d,
                                const el_law *law, el_buf *out, el_error *err)
{
    static const el_column column[] = {{"constant", NULL, false, 0},
                                       {"90 % interval", NULL, false, 0},
                                       {"keeps sign", "%", false, 2},
                                       {"unit", NULL, true, 1}};
    const el_law_sheet sheet = el_discovered_sheet(d);
    el_text_table *t =
        el_text_table_new(column, sizeof column / sizeof *column);
    el_status st;

    for (unsigned j = 0; j < law->expr.n_const; j++) {
        el_buf unit = {0};

        el_text_table_cellf(t, "%.*g", DIGITS, law->expr.value[j]);
        interval_cell(t, law, j);
        el_text_table_number(t, 100 * law->support[j], 3);
        el_law_unit(&sheet, law, j, &unit);
        el_text_table_cell(t, el_buf_text(&unit));
        el_buf_clear(&unit);
    }
    st = el_text_table_print(t, cli->width, cli->color, out, err);
    el_text_table_free(t);
    return st;
}

static void paragraph(const el_cli *cli, const char *label, const el_buf *text,
                      el_buf *out)
{
    el_buf_printf(out, "%-*s", LABEL, label);
    el_help_wrap(el_buf_text(text), LABEL, LABEL, (size_t)cli->width, out);
    el_buf_add(out, "\n");
}

static void say_rows(const el_discovered *d, el_buf *text)
{
    const el_law_table *t = &d->table;
    size_t n = 0;

    el_buf_printf(text, "%s, %s rows", t->source, el_fmt_count(t->n_row).s);
    if (d->n_searched < t->n_row)
        el_buf_printf(text, " (%s searched, all judged)",
                      el_fmt_count(d->n_searched).s);
    if (d->front->n_outlier > 0)
        el_buf_printf(text, ", %zu outlier%s not searched", d->front->n_outlier,
                      d->front->n_outlier == 1 ? "" : "s");
    for (size_t g = 0; t->measured && g < t->groups.n; g++)
        n += t->groups.group[g].n > 0;
    if (t->measured)
        el_buf_printf(text, " in %zu group%s", n, n == 1 ? "" : "s");
    el_buf_add(text, "; columns ");
    for (size_t k = 0; k < t->n_col; k++)
        el_buf_printf(text, "%s%s", k ? ", " : "", t->name[k]);
}

/* One term of a sum: "2 a", " - b". */
static void say_term(double factor, const char *name, bool first, el_buf *text)
{
    el_buf_add(text,
               first ? (factor < 0 ? "-" : "") : (factor < 0 ? " - " : " + "));
    if (fabs(factor) != 1)
        el_buf_printf(text, "%.3g ", fabs(factor));
    el_buf_add(text, name);
}

static void say_relations(const el_discovered *d, el_buf *text)
{
    for (size_t i = 0; i < d->front->n_relation; i++) {
        const el_relation *r = &d->front->relation[i];
        size_t n = 0;

        el_buf_add(text, i ? "; " : "");
        for (size_t k = 0; k < d->table.n_col; k++) {
            if (r->exponent[k] == 0)
                continue;
            if (r->is_sum)
                say_term(r->exponent[k], d->table.name[k], n++ == 0, text);
            else
                el_buf_printf(text, "%s%s", n++ ? " " : "", d->table.name[k]);
            if (!r->is_sum && r->exponent[k] != 1)
                el_buf_printf(text, "^%.3g", r->exponent[k]);
        }
        el_buf_add(text, " is the same on all rows");
    }
    el_buf_add(text, ": a law in some of these columns is one in the others, "
                     "and the data cannot tell which");
}

static void say_unproven(const el_discovered *d, const el_law *law,
                         el_buf *text)
{
    size_t n = 0;

    for (size_t k = 0; k < d->table.n_col; k++)
        if (law->unproven >> k & 1u)
            el_buf_printf(text, "%s%s", n++ ? ", " : "", d->table.name[k]);
    el_buf_add(text, ": the direction holds on the rows but is not proved "
                     "between them");
}

static void say_search(const el_cli *cli, const el_discovered *d, el_buf *text)
{
    const el_front *f = d->front;

    el_buf_printf(text, "%s formulas fitted in %s, seed %llu, %s%s",
                  el_fmt_count(f->tried).s, el_fmt_time(d->time_s).s,
                  (unsigned long long)cli->task.seed, d->isa,
                  f->exact ? "; the law fits to rounding"
                  : d->timed_out
                      ? "; STOPPED BY THE TIME LIMIT, the best so far"
                  : f->stopped ? "; stopped, the best so far"
                               : "");
}

static void notes(const el_cli *cli, const el_discovered *d, const el_law *law,
                  el_buf *out)
{
    el_buf text = {0};

    say_rows(d, &text);
    paragraph(cli, "rows", &text, out);
    if (d->front->n_relation > 0) {
        el_buf_clear(&text);
        say_relations(d, &text);
        paragraph(cli, "collinear", &text, out);
    }
    if (law->unproven) {
        el_buf_clear(&text);
        say_unproven(d, law, &text);
        paragraph(cli, "unproven", &text, out);
    }
    el_buf_clear(&text);
    say_search(cli, d, &text);
    paragraph(cli, "search", &text, out);
    el_buf_clear(&text);
}

static void law_heading(const el_cli *cli, const el_discovered *d,
                        const el_law *law, el_buf *out)
{
    const el_law_score *s = &d->score[d->front->pick];

    el_buf_printf(out, "\n%sThe law%s", el_style_on(EL_STYLE_BOLD, cli->color),
                  el_style_off(cli->color));
    if (!isnan(s->mean_error))
        el_buf_printf(out, ": mean |error| %s, worst %s",
                      el_fmt_percent(s->mean_error).s,
                      el_fmt_percent(s->worst_error).s);
    el_buf_printf(out, ", R2 = %.6g", 1 - s->unexplained);
    if (law->stability > 0)
        el_buf_printf(out, ", picked in %s of bootstraps",
                      el_fmt_percent(law->stability).s);
    el_buf_add(out, "\n\n");
}

/* Why there may be none. */
static void say_none(const el_discovered *d, el_buf *out)
{
    const el_discover_options *o = &d->options;
    const bool asked[] = {o->units != NULL, o->direction != NULL,
                          o->shape != NULL};
    static const char *const what[] = {"units", "directions", "template"};
    const char *before = " that keeps the ";

    el_buf_add(out, "No law was found");
    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        if (asked[i]) {
            el_buf_printf(out, "%s%s", before, what[i]);
            before = ", ";
        }
    el_buf_add(out, ".\n\n");
}

el_status el_discover_text(el_cli *cli, const el_discovered *d, el_error *err)
{
    const el_law *law = el_discovered_pick(d);
    el_buf *out = &cli->out;
    el_buf text = {0};
    el_status st;

    if (!law) {
        say_none(d, out);
        say_search(cli, d, &text);
        paragraph(cli, "search", &text, out);
        el_buf_clear(&text);
        return EL_OK;
    }
    st = front_table(cli, d, out, err);
    law_heading(cli, d, law, out);
    print_large(d, law, out);
    el_buf_add(out, "\n");
    if (st == EL_OK && law->expr.n_const > 0)
        st = constant_table(cli, d, law, out, err);
    if (st == EL_OK)
        st = el_discover_plots(cli, d, out, err);
    el_buf_add(out, "\n");
    notes(cli, d, law, out);
    return st;
}

static void parameters(const el_law_table *t, const char *type, el_buf *out)
{
    for (size_t k = 0; k < t->n_col; k++)
        el_buf_printf(out, "%s%s%s", k ? ", " : "", type, t->name[k]);
}

/* The target's name as a function's: as far as it is an identifier. */
static void function_name(const el_law_table *t, el_buf *out)
{
    for (const char *c = t->target; *c; c++) {
        const bool word = (*c >= 'a' && *c <= 'z') ||
                          (*c >= 'A' && *c <= 'Z') ||
                          (*c >= '0' && *c <= '9' && c > t->target);

        el_buf_add_n(out, word ? c : "_", 1);
    }
}

void el_discover_formula(const el_discovered *d, el_notation notation,
                         el_buf *out)
{
    const el_law *law = el_discovered_pick(d);
    const el_expr_style style = {notation,
                                 notation == EL_NOTATION_LATEX ? DIGITS : 0};
    const bool c = notation == EL_NOTATION_C;
    const bool python = notation == EL_NOTATION_PYTHON;

    if (!law)
        return;
    if (c || python)
        el_buf_add(out, c ? "#include <math.h>\n\ndouble "
                          : "from math import *\n\n\ndef ");
    if (c || python) {
        function_name(&d->table, out);
        el_buf_add(out, "(");
        parameters(&d->table, c ? "double " : "", out);
        el_buf_add(out, c ? ")\n{\n" : "):\n");
        for (size_t k = 0; c && k < d->table.n_col; k++)
            el_buf_printf(out, "    (void)%s;\n", d->table.name[k]);
        el_buf_add(out, "    return ");
    }
    print_law(d, law, style, out);
    el_buf_add(out, c ? ";\n}\n" : "\n");
}

void el_discover_summary(const el_discovered *d, el_buf *out)
{
    const el_law *law = el_discovered_pick(d);
    const el_expr_style style = {EL_NOTATION_TEXT, DIGITS};

    if (!law) {
        el_buf_add(out, "no law was found\n");
        return;
    }
    el_buf_printf(out, "%s = ", d->table.target);
    print_law(d, law, style, out);
    el_buf_printf(out, "\nmean |error| %s on %s rows\n",
                  el_fmt_percent(d->score[d->front->pick].mean_error).s,
                  el_fmt_count(d->table.n_row).s);
}
