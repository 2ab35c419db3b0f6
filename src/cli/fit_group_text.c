/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fit_group_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/format.h"
#include "cli/help.h"
#include "cli/term.h"
#include "cli/text_table.h"
#include "model/forms.h"
#include "model/identify.h"

#define INDENT  2u
#define LOADING 0.35 /* a parameter that has part in a direction */
#define ALONE   0.93 /* ... and one that is the direction */
#define FAR     20.0 /* ends of an interval that take a prefix each */

/* "2,383 rows = 2,212 kept + 120 shorter than 1.5 s + ..." */
static void print_rows(const el_cleaning *c, double min_latency_s, el_buf *out)
{
    char shorter[64];
    const struct {
        size_t n;
        const char *what;
    } part[] = {{c->kept, "fitted"},
                {c->merged, "combined with their repeats"},
                {c->short_run, shorter},
                {c->flagged, "with a dropping quality flag"},
                {c->no_energy, "without energy"},
                {c->other_session, "of another session"}};

    (void)snprintf(shorter, sizeof shorter, "shorter than %g s", min_latency_s);
    el_buf_printf(out, "%s row%s = ", el_fmt_count(c->rows).s,
                  c->rows == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        if (part[i].n > 0 || i == 0)
            el_buf_printf(out, "%s%s %s", i ? " + " : "",
                          el_fmt_count(part[i].n).s, part[i].what);
    }
}

/* "Of those fitted, 12 carry a flag that does not drop them, ..." */
static void kept_remarks(const el_cleaning *c, el_buf *out)
{
    if (c->kept_flagged > 0)
        el_buf_printf(out, "; %zu carry a tag that does not drop them",
                      c->kept_flagged);
    if (c->disagree > 0)
        el_buf_printf(out, "; %zu repeats disagree by more than x1.25",
                      c->disagree);
    if (c->does_not_fit > 0)
        el_buf_printf(out, "; in %zu the weights exceed the memory",
                      c->does_not_fit);
}

void el_cleaning_print(const el_cleaning *cleaning, double min_latency_s,
                       el_buf *out)
{
    print_rows(cleaning, min_latency_s, out);
    kept_remarks(cleaning, out);
}

static void heading(const char *text, el_fit_style style, el_buf *out)
{
    el_buf_printf(out, "%s%s%s\n", el_style_on(EL_STYLE_BOLD, style.color),
                  text, el_style_off(style.color));
}

static void paragraph(const el_buf *text, const char *label, el_fit_style style,
                      el_buf *out)
{
    el_buf_printf(out, "%-*s", 11, label);
    el_help_wrap(el_buf_text(text), 11, 11, (size_t)style.width, out);
    el_buf_add(out, "\n");
}

/* 12-digit joules are nothing to read: 1.23 mJ, 4.5 nJ; exponents plain. */
static el_text in_unit(double v, const char *unit)
{
    if (strcmp(unit, "1") == 0)
        return el_fmt_number(v, 3);
    if (strcmp(unit, "J") == 0)
        return el_fmt_si(v, "J", 3);
    return el_fmt_si(v, unit, 3);
}

static el_text interval_in_unit(double lo, double hi, const char *unit)
{
    if (strcmp(unit, "1") == 0)
        return el_fmt_interval(lo, hi, 2);
    if (hi > FAR * lo) { /* one prefix for both would round lo to 0 */
        el_text t;

        (void)snprintf(t.s, sizeof t.s, "%.28s..%.28s",
                       el_fmt_si(lo, unit, 2).s, el_fmt_si(hi, unit, 2).s);
        return t;
    }
    return el_fmt_interval_si(lo, hi, unit, 2);
}

static el_status parameter_table(const el_model *m, const el_span *own,
                                 el_fit_style style, el_buf *out, el_error *err)
{
    static const el_column column[] = {{"parameter", NULL, true, 0},
                                       {"value", NULL, false, 0},
                                       {"90 % interval", NULL, false, 1},
                                       {"against prior", NULL, false, 3},
                                       {"meaning", NULL, true, 2}};
    el_param_spec spec[EL_MAX_PARAMS];
    el_text_table *t = el_text_table_new(column, 5);
    el_status st;

    (void)el_model_specify(m, spec);
    for (size_t j = 0; j < m->n_param; j++) {
        bool e = spec[j].is_log;
        el_span i = own ? own[j] : el_param_interval(m, j);
        double d = m->param[j] - spec[j].centre;

        el_text_table_cell(t, el_param_natural_name(&spec[j]));
        el_text_table_cell(
            t, in_unit(e ? exp(m->param[j]) : m->param[j], spec[j].unit).s);
        el_text_table_cell(t,
                           interval_in_unit(e ? exp(i.lo) : i.lo,
                                            e ? exp(i.hi) : i.hi, spec[j].unit)
                               .s);
        if (e)
            el_text_table_cellf(t, "x%s", el_fmt_number(exp(d), 3).s);
        else
            el_text_table_cellf(t, "%+.2f", d);
        el_text_table_cell(t, spec[j].meaning);
    }
    st = el_text_table_print(t, style.width, style.color, out, err);
    el_text_table_free(t);
    return st;
}

/* One direction in words: "A down with s up". */
static void say_direction(const el_weak_direction *d, const el_param_spec *spec,
                          size_t k, el_buf *out)
{
    size_t n = 0, first = 0;

    for (size_t j = 0; j < k; j++)
        first = fabs(d->loading[j]) > fabs(d->loading[first]) ? j : first;
    if (d->loading[first] >= ALONE) {
        el_buf_printf(out, "%s", el_param_natural_name(&spec[first]));
        return;
    }
    for (size_t j = 0; j < k; j++) {
        if (fabs(d->loading[j]) >= LOADING || j == first)
            el_buf_printf(out, "%s%s %s", n++ ? " with " : "",
                          el_param_natural_name(&spec[j]),
                          d->loading[j] > 0.0 ? "up" : "down");
    }
}

static el_status identified(const el_model *m, el_fit_style style, el_buf *out,
                            el_error *err)
{
    el_weak_direction direction[EL_MAX_PARAMS];
    el_param_spec spec[EL_MAX_PARAMS];
    el_buf text = {0};
    size_t n = 0;
    el_status st = el_identify(m, direction, &n, err);

    if (st != EL_OK)
        return st;
    (void)el_model_specify(m, spec);
    el_buf_add(&text, n ? "the prior says more than the rows about "
                        : "the rows tell all parameters apart");
    for (size_t i = 0; i < n; i++) {
        el_buf_add(&text, i == 0 ? "" : i + 1 < n ? "; " : "; and ");
        say_direction(&direction[i], spec, m->n_param, &text);
    }
    paragraph(&text, "not seen", style, out);
    el_buf_clear(&text);
    return EL_OK;
}

static el_status residual_table(const el_group_fit *fit, el_fit_style style,
                                el_buf *out, el_error *err)
{
    static const el_column column[] = {
        {"residuals by", NULL, true, 0}, {"from", NULL, false, 0},
        {"to", NULL, false, 0},          {"rows", NULL, false, 0},
        {"bias", "%", false, 0},         {"rms", "%", false, 0}};
    el_text_table *t;
    el_status st;

    if (fit->n_slice == 0)
        return EL_OK;
    el_buf_add(out, "\n");
    t = el_text_table_new(column, 6);
    for (size_t i = 0; i < fit->n_slice; i++) {
        const el_residual_slice *s = &fit->slice[i];

        el_text_table_cell(t, el_axis_name(s->axis));
        el_text_table_cellf(t, "%.4g", s->lo);
        el_text_table_cellf(t, "%.4g", s->hi);
        el_text_table_cellf(t, "%zu", s->n);
        el_text_table_cellf(t, "%+.1f", 100.0 * s->mean_ln);
        el_text_table_cellf(t, "%.1f", 100.0 * s->rms_ln);
    }
    st = el_text_table_print(t, style.width, style.color, out, err);
    el_text_table_free(t);
    return st;
}

static void range_line(const el_model *m, el_fit_style style, el_buf *out)
{
    el_buf text = {0};

    for (el_axis a = 0; a < EL_N_AXES; a++) {
        if (!el_is_known(m->lo[a]))
            continue;
        el_buf_printf(&text, "%s%s ", text.len ? ", " : "", el_axis_name(a));
        if (m->lo[a] < m->hi[a])
            el_buf_printf(&text, "%g..%g", m->lo[a], m->hi[a]);
        else
            el_buf_printf(&text, "%g", m->lo[a]);
    }
    if (m->prompts_unknown)
        el_buf_add(&text, "; prompt lengths were not recorded");
    paragraph(&text, "range", style, out);
    el_buf_clear(&text);
}

static void error_line(const el_group_fit *fit, el_prior prior,
                       el_fit_style style, el_buf *out)
{
    const el_model *m = &fit->model[EL_TARGET_ENERGY];
    el_buf text = {0};

    if (m->form->traits & EL_FORM_PREDICTS)
        el_buf_printf(&text,
                      "mean |error| %.1f %% on the rows themselves; runs "
                      "scatter by %.1f %% when long, %.1f %% at 2 s; ",
                      fit->mape_pct, 100.0 * m->noise.floor_sd,
                      100.0 * el_noise_sd(&m->noise, 2.0));
    el_buf_printf(&text, "%s after %zu steps",
                  m->converged ? "converged" : "DID NOT CONVERGE",
                  m->iterations);
    if (fit->leaned_on_prior)
        el_buf_printf(&text, "; only %zu row%s for %zu parameters: %s",
                      m->n_rows, m->n_rows == 1 ? "" : "s", m->n_param,
                      prior == EL_PRIOR_NONE ? "bounds alone hold the rest"
                                             : "the prior decides much of it");
    paragraph(&text, "fit", style, out);
    el_buf_clear(&text);
}

static void times_line(const el_group_fit *fit, el_fit_style style, el_buf *out)
{
    el_buf text = {0};

    for (el_target t = EL_TARGET_LATENCY; t < EL_N_TARGETS; t++) {
        if (fit->has[t])
            el_buf_printf(&text, "%s%s (%zu rows, scatter %.1f %%)",
                          text.len ? ", " : "", el_target_name(t),
                          fit->model[t].n_rows,
                          100.0 * fit->model[t].noise.floor_sd);
    }
    if (text.len == 0)
        el_buf_add(&text, "no times were measured");
    paragraph(&text, "times", style, out);
    el_buf_clear(&text);
}

/* Shares of 0 or 1 and limits that never bind only lengthen the line. */
static bool matters(double constant)
{
    return constant != 0.0 && constant != 1.0 && constant < 1e300;
}

static void formula_lines(const el_model *m, el_fit_style style, el_buf *out)
{
    el_constant constant[EL_MAX_CONSTANTS];
    const char *line = m->form->formula ? m->form->formula->text : "";
    el_buf text = {0};
    size_t n = m->form->formula && m->form->constants
                   ? m->form->constants(m, constant)
                   : 0;

    if (*line)
        el_buf_add(out, "\n");
    while (*line) {
        size_t len = strcspn(line, "\n");

        el_buf_printf(out, "  %.*s\n", (int)len, line);
        line += len + (line[len] == '\n');
    }
    for (size_t i = 0; i < n; i++)
        if (matters(constant[i].value))
            el_buf_printf(&text, "%s%s = %.4g", text.len ? ", " : "",
                          constant[i].name, constant[i].value);
    if (text.len > 0) {
        el_buf_add(out, "  with ");
        el_help_wrap(el_buf_text(&text), 7, 7, (size_t)style.width, out);
        el_buf_add(out, "\n");
    }
    el_buf_clear(&text);
}

el_status el_fit_group_text(const el_fit_result *r, size_t i,
                            el_fit_style style, el_buf *out, el_error *err)
{
    const el_group_fit *fit = &r->set.fit[i];
    const el_model *m = &fit->model[EL_TARGET_ENERGY];
    el_buf text = {0};
    el_status st;

    el_buf_printf(&text, "%s on %s, %s, %s", fit->key.model, fit->key.gpu,
                  *fit->key.precision ? fit->key.precision : "any precision",
                  *fit->key.engine ? fit->key.engine : "any engine");
    heading(el_buf_text(&text), style, out);
    el_buf_clear(&text);
    el_cleaning_print(&fit->cleaning, r->set.min_latency_s, &text);
    paragraph(&text, "rows", style, out);
    el_buf_clear(&text);
    range_line(m, style, out);
    el_buf_printf(&text, "%s: %s", m->form->name, m->form->title);
    paragraph(&text, "form", style, out);
    el_buf_clear(&text);
    error_line(fit, r->set.prior, style, out);
    times_line(fit, style, out);
    if (m->n_param == 0)
        return EL_OK;
    st = identified(m, style, out, err);
    el_buf_add(out, "\n");
    if (st == EL_OK)
        st = parameter_table(m, r->has_bootstrap ? r->bootstrap.param[i] : NULL,
                             style, out, err);
    formula_lines(m, style, out);
    if (st == EL_OK)
        st = residual_table(fit, style, out, err);
    return st;
}
