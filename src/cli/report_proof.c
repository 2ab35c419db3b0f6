/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind a report's numbers. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "cli/evaluate_text.h"
#include "cli/format.h"
#include "cli/report_page.h"
#include "model/bootstrap_fit.h"
#include "model/forms.h"
#include "model/names.h"

#define MOST_POINTS 2000u /* of a chart; more only make the file large */
#define MOST_WORST  5u

/* ---- measured rows ---- */

typedef struct scatter {
    double *x, *y, line[2];
    size_t n;
} scatter;

static void take_points(const el_report *r, scatter *s)
{
    size_t stride = r->n_pair / MOST_POINTS + 1;

    s->line[0] = INFINITY;
    s->line[1] = 0.0;
    for (size_t i = 0; i < r->n_pair; i += stride) {
        s->x[s->n] = r->pair[i].measured_j;
        s->y[s->n++] = r->pair[i].predicted_j;
        s->line[0] = fmin(s->line[0], r->pair[i].measured_j);
        s->line[1] = fmax(s->line[1], r->pair[i].measured_j);
    }
}

static el_status draw_scatter(el_report_page *p, el_error *err)
{
    scatter s = {.x = el_array(MOST_POINTS + 1, sizeof *s.x),
                 .y = el_array(MOST_POINTS + 1, sizeof *s.y)};
    const el_plot_series series[] = {
        {"rows", s.x, s.y, 0, false, EL_PLOT_CIRCLE, EL_PLOT_BLUE},
        {"equal", s.line, s.line, 2, true, EL_PLOT_NO_MARKER, EL_PLOT_BLACK}};
    el_plot_series drawn[2];
    el_plot plot = {.title = "Predicted against measured energy of a request",
                    .x_label = "measured [J]",
                    .y_label = "predicted [J]",
                    .log_x = true,
                    .log_y = true,
                    .series = drawn,
                    .n_series = 2};
    el_status st;

    if (s.x && s.y) {
        take_points(p->r, &s);
        memcpy(drawn, series, sizeof drawn);
        drawn[0].n = s.n;
        st = el_doc_chart(&plot, &p->doc, err);
    } else {
        st = el_fail(err, EL_E_NOMEM, "report: chart");
    }
    el_free(s.y);
    el_free(s.x);
    return st;
}

static double miss(const el_pair *p)
{
    return fabs(log(p->predicted_j / p->measured_j));
}

static void worst_rows(el_report_page *p)
{
    static const char *const heading[] = {"row",       ">tp",        ">pp",
                                          ">batch",    ">in",        ">out",
                                          ">measured", ">predicted", ">off"};
    const el_report *r = p->r;
    double limit = INFINITY;

    el_doc_table(&p->doc, "The rows that are furthest off", heading, 9);
    for (size_t k = 0; k < MOST_WORST; k++) {
        const el_pair *worst = NULL;

        for (size_t i = 0; i < r->n_pair; i++)
            if (miss(&r->pair[i]) < limit &&
                (!worst || miss(&r->pair[i]) > miss(worst)))
                worst = &r->pair[i];
        if (!worst)
            break;
        limit = miss(worst);
        el_doc_cell(&p->doc, "line %zu, %s", worst->row->line,
                    worst->row->model);
        el_doc_cell(&p->doc, "%g", worst->row->tp);
        el_doc_cell(&p->doc, "%g", worst->row->pp);
        el_doc_cell(&p->doc, "%g", worst->row->batch_size);
        el_doc_cell(&p->doc, "%s",
                    el_fmt_number(worst->row->input_tokens, 4).s);
        el_doc_cell(&p->doc, "%s",
                    el_fmt_number(worst->row->output_tokens, 4).s);
        el_doc_cell(&p->doc, "%s", el_fmt_energy(worst->measured_j).s);
        el_doc_cell(&p->doc, "%s", el_fmt_energy(worst->predicted_j).s);
        el_doc_cell(
            &p->doc, "%s",
            el_fmt_change(worst->predicted_j / worst->measured_j - 1.0).s);
    }
    el_doc_table_end(&p->doc);
}

static el_status measured(el_report_page *p, el_error *err)
{
    const el_report *r = p->r;
    el_status st;

    if (r->n_pair == 0)
        return EL_OK;
    el_doc_section(&p->doc, "Predicted against measured");
    el_doc_text(&p->doc,
                "%s of the %s clean rows in %s about this model and GPU can be "
                "predicted: %.1f %% off on average, %s inside their 90 %% "
                "intervals. %s",
                el_fmt_count(r->n_pair).s, el_fmt_count(r->n_row).s,
                p->ask->table, r->mape_pct, el_fmt_percent(r->inside).s,
                p->ask->ask.fit_path
                    ? "If the fit was made from these rows, this says how well "
                      "it describes them, not how well it predicts others; for "
                      "that see the learning curve."
                    : "Nothing was fitted to them here; which public rows "
                      "the constants of the analytic model were chosen on "
                      "stands in docs/accuracy.md.");
    st = draw_scatter(p, err);
    if (st == EL_OK)
        worst_rows(p);
    return st;
}

static el_status learning(el_report_page *p, el_error *err)
{
    const el_report *r = p->r;

    if (!r->has_evaluation)
        return EL_OK;
    el_doc_section(&p->doc, "Learning curve");
    el_doc_text(&p->doc, "Error of the closed form on configurations and loads "
                         "that it has not seen, against the rows that it was "
                         "fitted to; five draws of them.");
    return el_evaluate_chart(&r->evaluation.evaluation, EL_SPLIT_UNSEEN,
                             EL_FIGURE_MAPE, el_doc_chart, &p->doc, err);
}

/* ---- the fit ---- */

static void parameters(el_report_page *p, const el_model *m)
{
    static const char *const heading[] = {"parameter", ">value", ">lo",
                                          ">hi",       "unit",   "meaning"};
    el_param_spec spec[EL_MAX_PARAMS];

    (void)el_model_specify(m, spec);
    el_doc_table(&p->doc, "Parameters with 90 % intervals", heading, 6);
    for (size_t j = 0; j < m->n_param; j++) {
        const el_span span = el_param_interval(m, j);
        bool e = spec[j].is_log;

        el_doc_cell(&p->doc, "%s", el_param_natural_name(&spec[j]));
        el_doc_cell(&p->doc, "%.4g", e ? exp(m->param[j]) : m->param[j]);
        el_doc_cell(&p->doc, "%.3g", e ? exp(span.lo) : span.lo);
        el_doc_cell(&p->doc, "%.3g", e ? exp(span.hi) : span.hi);
        el_doc_cell(&p->doc, "%s", spec[j].unit);
        el_doc_cell(&p->doc, "%s", spec[j].meaning);
    }
    el_doc_table_end(&p->doc);
}

static void residuals(el_report_page *p, const el_group_fit *fit)
{
    static const char *const heading[] = {"axis",  ">from",   ">to",
                                          ">rows", ">bias %", ">rms %"};

    if (fit->n_slice == 0)
        return;
    el_doc_table(&p->doc, "Residuals of the fitted rows by axis", heading, 6);
    for (size_t i = 0; i < fit->n_slice; i++) {
        const el_residual_slice *s = &fit->slice[i];
        el_doc_cell(&p->doc, "%s", el_axis_name(s->axis));
        el_doc_cell(&p->doc, "%.4g", s->lo);
        el_doc_cell(&p->doc, "%.4g", s->hi);
        el_doc_cell(&p->doc, "%zu", s->n);
        el_doc_cell(&p->doc, "%+.1f", 100.0 * s->mean_ln);
        el_doc_cell(&p->doc, "%.1f", 100.0 * s->rms_ln);
    }
    el_doc_table_end(&p->doc);
}

static void fitted(el_report_page *p)
{
    const el_candidate *c = el_report_chosen(p->r);
    const el_optimize_query *q = &p->r->state.setups.query[c->setup];
    const el_group_fit *fit = q->predict ? NULL : q->fit;
    const el_model *m = fit ? &fit->model[EL_TARGET_ENERGY] : NULL;

    if (!m || m->n_param == 0)
        return;
    el_doc_section(&p->doc, "The fit");
    el_doc_text(&p->doc,
                "%s: %s. %zu rows of %s on %s; %.1f %% off on average on the "
                "rows themselves.",
                m->form->name, m->form->title, m->n_rows, fit->key.model,
                fit->key.gpu, fit->mape_pct);
    if (m->form->formula)
        el_doc_code(&p->doc, m->form->formula->text);
    parameters(p, m);
    residuals(p, fit);
}

/* ---- how it was made ---- */

static void method(el_report_page *p)
{
    const el_fit_set *set = &p->r->state.set;

    el_doc_section(&p->doc, "How this was made");
    if (set->n > 0)
        el_doc_text(
            &p->doc,
            "Predictions come from %s: form %s, %s prior, made by "
            "EnergyLens %s from %s (data hash %s). The closed form is "
            "a reconstruction of the one published as EnergyLens "
            "(arXiv 2605.10556): 12 parameters fitted to about 50 runs, "
            "prefill and decode apart.",
            p->ask->ask.fit_path, set->form, el_prior_name(set->prior),
            set->made_by, set->source, set->data_hash);
    else
        el_doc_text(&p->doc,
                    "Predictions come from the analytic model (after arXiv "
                    "2605.14249): the network as einsums, lowered to kernels "
                    "and collectives for each sharding, with times and joules "
                    "from the GPU's catalogue values and fitted efficiencies. "
                    "How far it is off on published measurements stands in "
                    "docs/accuracy.md.");
    el_doc_text(&p->doc,
                "Intervals hold 90 %% of runs, as far as the model's doubt and "
                "the scatter of runs are known. Under a request rate, requests "
                "in flight and latencies come from a queue with continuous "
                "batching. Lengths: SweetSpot (arXiv 2602.05695).");
    if (*p->r->note)
        el_doc_text(&p->doc, "Left out: %s.", p->r->note);
}

el_status el_report_proof(el_report_page *page, el_error *err)
{
    el_status st = measured(page, err);

    if (st == EL_OK)
        st = learning(page, err);
    if (st != EL_OK)
        return st;
    fitted(page);
    method(page);
    return el_doc_end(&page->doc, err);
}
