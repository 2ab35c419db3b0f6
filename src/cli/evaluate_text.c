/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/evaluate_text.h"

#include <math.h>
#include <string.h>

#include "app/fit.h"
#include "cli/format.h"
#include "cli/text_table.h"

#define MAX_NOTES_SHOWN 6u

/* The first two only where there are several. */
enum { PART, COUNT, N_OPTIONAL };

static const el_column columns[] = {
    {"part", NULL, true, 0},        {"rows of a group", NULL, false, 0},
    {"split", NULL, true, 0},       {"form", NULL, true, 0},
    {"Top-1", "%", false, 0},       {"90 %", NULL, false, 2},
    {"ceiling", "%", false, 1},     {"within 3 %", "%", false, 3},
    {"regret", "%", false, 1},      {"pairs", "%", false, 5},
    {"MAPE", "%", false, 0},        {"90 %", NULL, false, 2},
    {"median", "%", false, 4},      {"R2", "ln", false, 6},
    {"in interval", "%", false, 3}, {"scenarios", NULL, false, 7},
    {"rows", NULL, false, 7},
};
#define N_COLUMNS (sizeof columns / sizeof *columns)

/* What the table shows. */
typedef struct view {
    const el_evaluation *e;
    bool parts, counts;
    const char *unit; /* of the counts */
} view;

static void percent_cell(el_text_table *t, double value, int decimals)
{
    if (el_is_known(value))
        el_text_table_cellf(t, "%.*f", decimals, value);
    else
        el_text_table_cell(t, "");
}

static void interval_cell(el_text_table *t, const el_figure *f, int decimals)
{
    if (el_is_known(f->lo) && el_is_known(f->hi))
        el_text_table_cellf(t, "%.*f..%.*f", decimals, f->lo, decimals, f->hi);
    else
        el_text_table_cell(t, "");
}

/* More scenarios won, or where nothing is chosen the smaller error. */
static bool is_better(const el_score *a, const el_score *b)
{
    double x = a->figure[EL_FIGURE_TOP1].value;
    double y = b->figure[EL_FIGURE_TOP1].value;

    if (el_is_known(x) && el_is_known(y) && (x > y || x < y))
        return x > y;
    if (el_is_known(x) != el_is_known(y))
        return el_is_known(x);
    x = a->figure[EL_FIGURE_MAPE].value;
    y = b->figure[EL_FIGURE_MAPE].value;
    return el_is_known(x) && (!el_is_known(y) || x < y);
}

/* Same split, count of samples and part. */
static bool are_rivals(const el_score *a, const el_score *b)
{
    return a->split == b->split && strcmp(a->label, b->label) == 0 &&
           fabs(a->samples - b->samples) < 1e-9;
}

static bool is_best(const el_evaluation *e, size_t i)
{
    for (size_t k = 0; k < e->n_score; k++) {
        if (are_rivals(&e->score[k], &e->score[i]) &&
            is_better(&e->score[k], &e->score[i]))
            return false;
    }
    return e->score[i].groups > 0;
}

static void add_score(el_text_table *t, const view *v, size_t i)
{
    const el_evaluation *e = v->e;
    const el_score *s = &e->score[i];
    const el_figure *f = s->figure;
    bool first = i == 0 || !are_rivals(&e->score[i - 1], s);

    if (v->parts)
        el_text_table_cell(t, !first      ? ""
                              : *s->label ? s->label
                                          : "all groups");
    if (v->counts && first)
        el_text_table_cellf(t, "%g%s", s->samples, v->unit);
    else if (v->counts)
        el_text_table_cell(t, "");
    el_text_table_cell(t, first ? el_split_name(s->split) : "");
    el_text_table_cell(t, s->form->name);
    percent_cell(t, f[EL_FIGURE_TOP1].value, 1);
    interval_cell(t, &f[EL_FIGURE_TOP1], 1);
    percent_cell(t, s->ceiling_top1_pct, 1);
    percent_cell(t, f[EL_FIGURE_TOP1_WITHIN3].value, 1);
    percent_cell(t, f[EL_FIGURE_REGRET].value, 2);
    percent_cell(t, f[EL_FIGURE_PAIRWISE].value, 1);
    percent_cell(t, f[EL_FIGURE_MAPE].value, 2);
    interval_cell(t, &f[EL_FIGURE_MAPE], 1);
    percent_cell(t, f[EL_FIGURE_MEDIAN_APE].value, 2);
    percent_cell(t, f[EL_FIGURE_R2_LOG].value, 4);
    percent_cell(t, f[EL_FIGURE_COVERAGE].value, 1);
    percent_cell(t, s->scenarios, 0);
    percent_cell(t, s->rows, 0);
    if (is_best(e, i))
        el_text_table_highlight(t);
}

static void add_count(el_buf *out, size_t n, const char *what)
{
    if (n > 0)
        el_buf_printf(out, ", %zu %s", n, what);
}

static void print_data(const el_groups *groups, el_buf *out)
{
    el_cleaning c = el_fit_total(groups);

    el_buf_printf(out, "\n%zu group%s, %zu of %zu rows", groups->n,
                  groups->n == 1 ? "" : "s", c.kept, c.rows);
    add_count(out, c.no_energy, "without energy");
    add_count(out, c.flagged, "flagged");
    add_count(out, c.short_run, "too short");
    add_count(out, c.other_session, "of another session");
    add_count(out, c.merged, "merged as repeats");
    el_buf_add(out, ".\n");
}

static void print_notes(const el_evaluation *e, el_buf *out)
{
    size_t shown = e->n_note < MAX_NOTES_SHOWN ? e->n_note : MAX_NOTES_SHOWN;

    for (size_t i = 0; i < shown; i++)
        el_buf_printf(out, "  %s\n", e->note[i]);
    if (e->n_note > shown)
        el_buf_printf(out, "  ... and %zu more (--json has them all)\n",
                      e->n_note - shown);
}

static void print_head(const el_evaluate_args *a, el_buf *out)
{
    const el_evaluate_options *o = &a->options;
    const char *unit = o->percent ? " %" : "";

    el_buf_printf(out, "Joules per request, scope %s; %g%s",
                  el_scope_name(o->scope), o->samples, unit);
    for (size_t i = 0; i < a->n_more; i++)
        el_buf_printf(out, ", %g%s", a->more_samples[i], unit);
    el_buf_printf(out,
                  "%s training rows a group, %zu seed%s; intervals over "
                  "models.\n\n",
                  o->percent ? " as" : "", o->seeds, o->seeds == 1 ? "" : "s");
}

static el_status print_scores(el_cli *cli, const view *v, el_error *err)
{
    el_column shown[N_COLUMNS];
    el_text_table *t;
    el_status st;
    size_t n = 0;

    for (size_t c = 0; c < N_COLUMNS; c++) {
        if ((c == PART && !v->parts) || (c == COUNT && !v->counts))
            continue;
        shown[n++] = columns[c];
    }
    t = el_text_table_new(shown, n);
    for (size_t i = 0; i < v->e->n_score; i++)
        add_score(t, v, i);
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

static void difference_cells(el_text_table *t, const el_figure *f)
{
    if (!el_is_known(f->value)) {
        el_text_table_cell(t, "");
        el_text_table_cell(t, "");
        return;
    }
    el_text_table_cellf(t, "%+.2f", f->value);
    if (el_is_known(f->lo) && el_is_known(f->hi))
        el_text_table_cellf(t, "%+.2f..%+.2f", f->lo, f->hi);
    else
        el_text_table_cell(t, "");
}

static el_status print_differences(el_cli *cli, const view *v, el_error *err)
{
    static const el_column shown[] = {
        {"split", NULL, true, 0},      {"rows of a group", NULL, false, 0},
        {"Top-1", "%", false, 0},      {"95 %", NULL, false, 0},
        {"regret", "%", false, 2},     {"95 %", NULL, false, 2},
        {"MAPE", "%", false, 0},       {"95 %", NULL, false, 0},
        {"scenarios", NULL, false, 3},
    };
    const el_evaluation *e = v->e;
    el_text_table *t;
    el_status st;

    if (e->n_difference == 0)
        return EL_OK;
    el_buf_printf(&cli->out, "\n%s less %s, same rows and scenarios\n",
                  e->difference[0].form[0]->name,
                  e->difference[0].form[1]->name);
    t = el_text_table_new(shown, sizeof shown / sizeof *shown);
    for (size_t i = 0; i < e->n_difference; i++) {
        const el_difference *d = &e->difference[i];
        el_text_table_cell(t, el_split_name(d->split));
        el_text_table_cellf(t, "%g%s", d->samples, v->unit);
        difference_cells(t, &d->figure[EL_FIGURE_TOP1]);
        difference_cells(t, &d->figure[EL_FIGURE_REGRET]);
        difference_cells(t, &d->figure[EL_FIGURE_MAPE]);
        el_text_table_cellf(t, "%zu", d->scenarios);
    }
    st = el_text_table_print(t, cli->width, cli->color, &cli->out, err);
    el_text_table_free(t);
    return st;
}

static void print_divergence(const el_divergence *d, el_buf *out)
{
    if (d->scenarios == 0)
        return;
    el_buf_printf(
        out,
        "\nMeasured: the fastest configuration is not the cheapest in "
        "%.1f %% of %zu scenarios. The\nfastest takes %.1f %% more "
        "energy on average, the cheapest %.1f %% more time.\n",
        d->differ_pct, d->scenarios, d->dearer_pct, d->slower_pct);
}

el_status el_evaluate_text(el_cli *cli, const el_evaluate_args *args,
                           const el_evaluate_result *r, el_figure_id curve,
                           el_error *err)
{
    const view v = {&r->evaluation, args->by != 0, args->n_more > 0,
                    args->options.percent ? " %" : ""};
    el_status st;

    print_head(args, &cli->out);
    st = print_scores(cli, &v, err);
    if (st == EL_OK && v.counts)
        st = el_evaluate_draw(cli, &r->evaluation, curve, err);
    if (st == EL_OK)
        st = print_differences(cli, &v, err);
    print_divergence(&r->evaluation.divergence, &cli->out);
    print_data(&r->groups, &cli->out);
    print_notes(&r->evaluation, &cli->out);
    return st;
}
