/* SPDX-License-Identifier: Apache-2.0 */
#define EL_ASK_DP_HELP                                                         \
    "every number that --gpus allows with a rate, and as many as fit without."
#include "base/mem.h"
#include "cli/ask.h"
#include "cli/report_page.h"
#include "cli/tariff_opt.h"
#include "cli/verbs.h"
#include "io/evaluate_json.h"
#include "io/explain_json.h"
#include "io/json.h"
#include "io/object.h"
#include "io/sweetspot_json.h"

#define SHOWN_MISSES 10u /* infeasible candidates listed in JSON */

enum { FORMAT_HTML, FORMAT_MARKDOWN, FORMAT_JSON, FORMAT_CSV };

static const char *const formats[] = {"html", "md", "json", "csv", NULL};

typedef struct report_args {
    el_ask_args ask;
    el_load_args load;
    el_tariff_ask tariff;
    const char *current;
    int format;
} report_args;

static const el_opt options[] = {
    EL_ASK_FIT_OPTIONS(report_args),
    EL_ASK_LOAD_OPTIONS(report_args),
    EL_ASK_GRID_OPTIONS(report_args),
    EL_ASK_SCOPE_OPTIONS(report_args),
    EL_TARIFF_OPTIONS(report_args),
    {.name = "current",
     .kind = EL_OPT_STRING,
     EL_OPT_AT(report_args, current),
     .meta = "CONFIG",
     .group = "Answer",
     .help = "What runs today, to compare with: \"tp=8,batch=64\"."},
    {.name = "format",
     .kind = EL_OPT_ENUM,
     .choices = formats,
     EL_OPT_AT(report_args, format),
     .def = "html",
     .group = "Answer",
     .help = "html: one page that needs nothing else; md: charts in "
             "characters; json: every number; csv: the configurations."},
    {.name = NULL}};

static json_t *measured_json(const el_report *r)
{
    el_object o = el_object_new();

    el_object_count(&o, "rows", (double)r->n_row);
    el_object_count(&o, "rows_predicted", (double)r->n_pair);
    el_object_number(&o, "mape_pct", r->mape_pct);
    el_object_number(&o, "inside_interval_share", r->inside);
    return el_object_done(&o);
}

static json_t *evaluation_json(const el_report *r)
{
    if (!r->has_evaluation)
        return json_null();
    return el_evaluation_json(&r->evaluation.evaluation, &r->evaluated.options,
                              &r->evaluation.groups);
}

/* In the order of keys. */
static el_status write_json(el_cli *cli, const el_report_ask *ask,
                            const el_report *r, el_error *err)
{
    const el_optimize_context context = el_ask_context(&r->state);
    const el_optimize_answer best = {.result = &r->best,
                                     .max_infeasible = SHOWN_MISSES};
    el_json_writer w = el_cli_begin_json(cli);

    el_write_object(&w, "result");
    el_write_made(&w, "bill", el_report_bill_json(r));
    el_write_made(&w, "evaluation", evaluation_json(r));
    el_write_made(&w, "explanation",
                  r->has_explanation ? el_explain_json(&r->explanation.answer)
                                     : json_null());
    el_write_made(&w, "left_out",
                  *r->note ? json_string(r->note) : json_null());
    el_write_made(&w, "measured", ask->table ? measured_json(r) : json_null());
    el_optimize_write(&w, "optimize", &context, &best);
    el_write_made(&w, "sweetspot",
                  r->has_sweetspot ? el_sweetspot_json(&r->sweetspot)
                                   : json_null());
    el_write_end(&w, '}');
    return el_cli_end_json(cli, &w, err);
}

static el_status answer(el_cli *cli, const report_args *a,
                        const el_report_ask *ask, const el_report *r,
                        el_error *err)
{
    el_report_page page = {.cli = cli, .ask = ask, .r = r};

    if (cli->json || a->format == FORMAT_JSON)
        return write_json(cli, ask, r, err);
    if (a->format == FORMAT_CSV)
        return el_report_csv(r, &cli->out, err);
    page.doc = (el_doc){.kind = a->format == FORMAT_HTML ? EL_DOC_HTML
                                                         : EL_DOC_MARKDOWN,
                        .out = &cli->out};
    return el_report_write(&page, err);
}

static el_status run(el_cli *cli, const void *args, el_error *err)
{
    const report_args *a = args;
    el_report_ask ask = {.ask = el_ask_from_args(cli, &a->ask),
                         .table = cli->n_pos ? cli->pos[0] : NULL,
                         .tariff = a->tariff};
    el_report *report;
    el_status st;

    el_load_from_args(&a->load, &ask.ask.query);
    ask.ask.current = a->current;
    if (!el_is_known(a->load.osl) || !el_is_known(a->load.isl))
        return el_fail(err, EL_E_ARG, "--isl and --osl: needed");
    report = el_array(1, sizeof *report);
    if (!report)
        return el_fail(err, EL_E_NOMEM, "report: out of memory");
    st = el_app_report(&ask, &cli->task, report, err);
    if (st == EL_OK) {
        cli->answer_is_no = report->best.n_feasible == 0;
        st = answer(cli, a, &ask, report, err);
        el_report_clear(report);
    }
    el_free(report);
    return st;
}

static const el_example examples[] = {
    {"energylens report --model llama-3.1-8b --gpu h100 --isl 1000 --osl 250 "
     "--request-rate 5 --tpot 50ms -o report.html",
     "From the analytic model, as one page."},
    {"energylens report --fit data/fits/a100-sxm4-40gb.fit.json --model "
     "llama-2-13b --gpus 4 --isl 512 --osl 256 "
     "../shared/data/measurements/argonne_synthetic.csv -o report.html",
     "From a fit, with measured rows held against it."},
    {NULL, NULL}};

const el_verb el_verb_report = {
    .name = "report",
    .group = "Predict and decide",
    .summary = "one page to send round: what to run, why, and how sure it is",
    .usage = "[TABLE.csv]",
    .max_pos = 1,
    .about =
        "The configuration that costs least and why the others lose, what it "
        "emits and costs a year (--carbon or --grid, --price), energy "
        "against latency, joules by cause and kernel, what would save most, "
        "the map of prompt and answer lengths; with a table, predictions held "
        "against its rows and a learning curve; with a fit, its parameters "
        "and residuals. The HTML page needs no network and no script.",
    .options = options,
    .examples = examples,
    .args_size = sizeof(report_args),
    .run = run};
