/* SPDX-License-Identifier: Apache-2.0 */
#include "app/report.h"

#include <math.h>
#include <string.h>

#include "app/predict.h"
#include "app/tables.h"
#include "base/mem.h"
#include "base/str.h"
#include "io/kept.h"

#define LENGTHS 8.0 /* the map reaches so many times up and down */

static const double sample_counts[] = {10, 20, 30, 50, 100};

#define CURVE_SEEDS 5u

const el_candidate *el_report_chosen(const el_report *report)
{
    return report->best.n > 0 ? report->best.candidate : NULL;
}

/* A part is left out, and why is said; but for memory and Ctrl-C. */
static el_status left_out(el_report *r, const char *part, el_status st,
                          const el_error *why, el_error *err)
{
    size_t n = strlen(r->note);
    el_buf text = {0};

    if (st == EL_OK)
        return EL_OK;
    if (st == EL_E_NOMEM || st == EL_E_CANCELLED)
        return el_fail(err, st, "%s", why->message);
    el_buf_printf(&text, "%s%s: %s", n ? "; " : "", part, why->message);
    el_str_copy(r->note + n, sizeof r->note - n, el_buf_text(&text));
    el_buf_clear(&text);
    return EL_OK;
}

static el_status map_lengths(const el_report_ask *ask, const el_task *task,
                             el_report *r, el_error *err)
{
    const el_candidate *c = el_report_chosen(r);
    const el_setup *setup = &r->state.setups.setup[c->setup];
    const el_optimize_query *q = &ask->ask.query;
    el_sweetspot_ask spot = {.fit_path = ask->ask.fit_path,
                             .catalog_dir = ask->ask.catalog_dir,
                             .model = ask->ask.model ? ask->ask.model
                                                     : setup->key.model,
                             .gpu = setup->key.gpu,
                             .precision = setup->key.precision,
                             .engine = setup->key.engine,
                             .isl_lo = fmax(floor(q->isl / LENGTHS), 1.0),
                             .isl_hi = ceil(q->isl * LENGTHS),
                             .osl_lo = fmax(floor(q->osl / LENGTHS), 1.0),
                             .osl_hi = ceil(q->osl * LENGTHS),
                             .tp = {.n = 1, .v = {c->config.tp}},
                             .batch = {.n = 1, .v = {c->config.batch}}};
    el_error why = {0};
    el_status st = el_app_sweetspot(&spot, task, &r->sweetspot, &why);

    r->has_sweetspot = st == EL_OK;
    return left_out(r, "sweet spot", st, &why, err);
}

/* Kernels and what-ifs: of the analytic model, whatever answers else. */
static el_status explain(const el_report_ask *ask, el_report *r, el_error *err)
{
    const el_candidate *c = el_report_chosen(r);
    const el_setup *setup = &r->state.setups.setup[c->setup];
    el_explain_ask what = {
        .wish = {.model = ask->ask.model ? ask->ask.model : setup->key.model,
                 .gpu = setup->key.gpu,
                 .precision = setup->key.precision,
                 .engine = setup->key.engine,
                 .clock_hz = EL_UNKNOWN,
                 .cap_w = EL_UNKNOWN},
        .catalog_dir = ask->ask.catalog_dir,
        .files = ask->ask.files,
        .point = {.tp = c->config.tp,
                  .pp = c->config.pp,
                  .ep = c->config.ep,
                  .dp = 1.0,
                  .batch = fmax(floor(c->in_flight + 0.5), 1.0),
                  .isl = c->isl,
                  .osl = c->osl,
                  .workload = -1},
        .prefill = true,
        .decode = true,
        .what_if = true};
    el_error why = {0};
    el_status st = el_explain_open(&what, &r->explanation, &why);

    r->has_explanation = st == EL_OK;
    return left_out(r, "kernels", st, &why, err);
}

/* ---- the table ---- */

static size_t count_samples(const el_groups *groups)
{
    size_t n = 0;

    for (size_t g = 0; g < groups->n; g++)
        n += groups->group[g].n;
    return n;
}

static void take_pair(const el_sample *sample, const el_answer *answer,
                      el_report *r)
{
    const el_prediction *p = &answer->p;

    r->n_row++;
    if (answer->ok && el_is_known(p->energy_per_request_j))
        r->pair[r->n_pair++] =
            (el_pair){sample->row, sample->energy_j / sample->point.batch,
                      p->energy_per_request_j, p->energy_per_request_lo_j,
                      p->energy_per_request_hi_j};
}

static void score_pairs(el_report *r)
{
    double sum = 0.0;
    size_t inside = 0;

    for (size_t i = 0; i < r->n_pair; i++) {
        const el_pair *p = &r->pair[i];
        sum += fabs(p->predicted_j / p->measured_j - 1.0);
        inside += p->measured_j >= p->lo_j && p->measured_j <= p->hi_j;
    }
    r->mape_pct = r->n_pair ? 100.0 * sum / (double)r->n_pair : EL_UNKNOWN;
    r->inside = r->n_pair ? (double)inside / (double)r->n_pair : EL_UNKNOWN;
}

/* A table that cannot be read stops the report; one that has nothing about the
 * chosen model does not. */
static el_status check_table(const el_report_ask *ask, const el_task *task,
                             el_error *err)
{
    el_table *table = NULL;
    el_status st =
        el_tables_read(&ask->table, 1, EL_TABLE_MEASURED, task, &table, err);

    el_table_free(table);
    return st;
}

static el_status learn(const el_report_ask *ask, const el_task *task,
                       el_report *r, el_error *err)
{
    const el_candidate *c = el_report_chosen(r);
    const el_group_key *key = &r->state.setups.setup[c->setup].key;
    el_error why = {0};
    el_status st;

    r->form = el_form_find("closed12");
    r->evaluated = (el_evaluate_args){
        .path = &ask->table,
        .n_path = 1,
        .catalog_dir = ask->ask.catalog_dir,
        .gpu = key->gpu,
        .model = key->model,
        .more_samples = sample_counts + 1,
        .n_more = sizeof sample_counts / sizeof *sample_counts - 1,
        .options = {.form = &r->form,
                    .n_form = 1,
                    .splits = 1u << EL_SPLIT_UNSEEN,
                    .samples = sample_counts[0],
                    .seeds = CURVE_SEEDS,
                    .prior = EL_PRIOR_PHYSICAL}};
    st = el_app_evaluate(&r->evaluated, task, &r->evaluation, &why);
    r->has_evaluation = st == EL_OK;
    if (!r->has_evaluation) { /* for the table's sake, or the model's? */
        el_status read = check_table(ask, task, err);

        if (read != EL_OK)
            return read;
    }
    return left_out(r, "learning curve", st, &why, err);
}

/* The clean rows of the table that are about the chosen model and GPU. */
static el_status pair_samples(const el_predictor *predictor,
                              const el_task *task, el_report *r, el_error *err)
{
    const el_groups *groups = &r->evaluation.groups;
    size_t n = count_samples(groups), at = 0;
    el_answer *answer = el_array(n, sizeof *answer);
    el_row *row = el_array(n, sizeof *row);
    el_status st = EL_E_NOMEM;

    r->pair = el_array(n, sizeof *r->pair);
    for (size_t g = 0; row && g < groups->n; g++)
        for (size_t i = 0; i < groups->group[g].n; i++)
            row[at++] = *groups->group[g].sample[i].row;
    if (answer && row && r->pair)
        st = el_predictor_rows(predictor, row, n, task, answer, err);
    else
        (void)el_fail(err, st, "report: %zu rows", n);
    at = 0;
    for (size_t g = 0; st == EL_OK && g < groups->n; g++)
        for (size_t i = 0; i < groups->group[g].n; i++)
            take_pair(&groups->group[g].sample[i], &answer[at++], r);
    el_free(row);
    el_free(answer);
    if (st == EL_OK)
        score_pairs(r);
    return st;
}

static el_status hold_against(const el_report_ask *ask, const el_task *task,
                              el_report *r, el_error *err)
{
    el_predictor *predictor = NULL;
    el_status st;

    if (!r->has_evaluation || count_samples(&r->evaluation.groups) == 0)
        return EL_OK;
    st = el_predictor_open(ask->ask.fit_path, ask->ask.catalog_dir, NULL,
                           &predictor, err);
    if (st == EL_OK)
        st = pair_samples(predictor, task, r, err);
    el_predictor_close(predictor);
    return st;
}

static el_status gather(const el_report_ask *ask, const el_task *task,
                        el_report *r, el_error *err)
{
    el_status st = el_tariff_open(&ask->tariff, &r->tariff, err);

    if (st == EL_OK)
        st = el_optimize(r->state.setups.query, r->state.setups.n, task,
                         &r->best, err);
    if (st == EL_OK && r->best.n == 0)
        return el_fail(err, EL_E_DATA, "report: no configuration to look at");
    if (st == EL_OK)
        st = map_lengths(ask, task, r, err);
    if (st == EL_OK)
        st = explain(ask, r, err);
    if (st == EL_OK && ask->table)
        st = learn(ask, task, r, err);
    if (st == EL_OK && ask->table)
        st = hold_against(ask, task, r, err);
    return st;
}

static el_status make(const el_report_ask *ask, const el_task *task,
                      el_report *out, el_error *err)
{
    el_status st = el_ask_open(&ask->ask, &out->state, err);

    if (st != EL_OK)
        return st;
    st = gather(ask, task, out, err);
    if (st != EL_OK)
        el_report_clear(out);
    return st;
}

/* Its parts are verbs of their own: each would read catalogue and fit anew. */
el_status el_app_report(const el_report_ask *ask, const el_task *task,
                        el_report *out, el_error *err)
{
    el_status st = el_kept_open(err);

    if (st != EL_OK)
        return st;
    memset(out, 0, sizeof *out);
    st = make(ask, task, out, err);
    el_kept_close();
    return st;
}

void el_report_clear(el_report *report)
{
    if (report->has_evaluation)
        el_evaluate_result_clear(&report->evaluation);
    if (report->has_explanation)
        el_explain_close(&report->explanation);
    if (report->has_sweetspot)
        el_sweetspot_answer_clear(&report->sweetspot);
    el_free(report->pair);
    el_optimize_result_clear(&report->best);
    el_ask_close(&report->state);
    memset(report, 0, sizeof *report);
}
