/* SPDX-License-Identifier: Apache-2.0 */
/* What to run, why, and where its joules go. */
#include "cli/report_page.h"

#include <math.h>

#include "base/units.h"
#include "cli/ask_text.h"
#include "cli/format.h"
#include "cli/optimize_text.h"
#include "cli/predict_text.h"
#include "cli/sweetspot_text.h"
#include "model/launch.h"

#define MOST_ROWS  8u /* configurations */
#define MOST_OPS   8u /* kernels of a phase */
#define MOST_MOVES 8u /* what-ifs */
#define TOKENS     1e6

static void print_config(const el_report_page *page, const el_candidate *c,
                         el_buf *out)
{
    el_ask_print_config(&page->r->state, c->setup, &c->config, out);
}

static void print_reasons(const el_report_page *p, const el_candidate *c,
                          el_buf *out)
{
    el_cli plain = *p->cli;

    plain.out = (el_buf){0};
    plain.color = false;
    el_reasons_print(&plain, c);
    el_buf_add(out, el_buf_text(&plain.out));
    el_buf_clear(&plain.out);
}

/* ---- summary ---- */

static void print_load(const el_report_page *p, el_buf *out)
{
    const el_optimize_query *q = &p->ask->ask.query;

    el_buf_printf(out, "%g tokens in, %g out", q->isl, q->osl);
    if (el_is_known(q->request_rate_hz))
        el_buf_printf(out, ", %g requests/s", q->request_rate_hz);
    else
        el_buf_add(out, ", offline (batches always full)");
    if (el_is_known(q->ttft_s))
        el_buf_printf(out, ", TTFT up to %s", el_fmt_time(q->ttft_s).s);
    if (el_is_known(q->tpot_s))
        el_buf_printf(out, ", TPOT up to %s", el_fmt_time(q->tpot_s).s);
    if (el_is_known(q->latency_s))
        el_buf_printf(out, ", a request up to %s", el_fmt_time(q->latency_s).s);
    el_buf_add(out, ". Energy of ");
    el_ask_print_scope(&p->r->state.query, out);
    el_buf_add(out, ", with 90 % intervals.");
}

static const char *where_from(el_source source)
{
    switch (source) {
    case EL_SOURCE_MEASURED:
        return "it was measured";
    case EL_SOURCE_FITTED:
        return "it is fitted to measurements and lies inside their range";
    case EL_SOURCE_EXTRAPOLATED:
        return "it is fitted to measurements, but lies outside their range or "
               "comes from a sister configuration";
    case EL_SOURCE_CALIBRATED:
        return "it comes from the analytic model, corrected by measurements";
    default:
        return "no measurement went into it: it comes from the analytic model, "
               "and its interval is wide";
    }
}

static void choose(el_report_page *p, const el_candidate *c, el_buf *text)
{
    double osl = c->osl;

    el_buf_printf(text, "%s ",
                  c->feasible ? "Run"
                              : "Nothing keeps all limits; "
                                "nearest:");
    print_config(p, c, text);
    el_buf_printf(text, ": %s per output token (%s), ",
                  el_fmt_energy(c->energy_per_output_token_j).s,
                  el_fmt_interval_si(c->energy_per_request_lo_j / osl,
                                     c->energy_per_request_hi_j / osl, "J", 2)
                      .s);
    el_buf_printf(
        text,
        "%s a request, %s kWh per million output tokens, on "
        "%g GPU%s.",
        el_fmt_wh(c->energy_per_request_j).s,
        el_fmt_number(c->energy_per_output_token_j * TOKENS / EL_J_PER_KWH, 3)
            .s,
        c->gpus, c->gpus > 1.0 ? "s" : "");
    el_doc_call_out(&p->doc, "%s", el_buf_text(text));
    el_buf_clear(text);
}

static void compare(el_report_page *p, const el_candidate *c)
{
    const el_optimize_result *r = &p->r->best;
    el_buf name = {0};

    if (r->has_current) {
        print_config(p, &r->current, &name);
        el_doc_text(
            &p->doc, "Against %s, which takes %s per output token: %s.",
            el_buf_text(&name),
            el_fmt_energy(r->current.energy_per_output_token_j).s,
            el_fmt_change(
                c->energy_per_request_j / r->current.energy_per_request_j - 1.0)
                .s);
        el_buf_clear(&name);
    }
    if (r->latency_optimal < r->n && c->feasible) {
        const el_candidate *fast = &r->candidate[r->latency_optimal];
        print_config(p, fast, &name);
        if (fast != c)
            el_doc_text(
                &p->doc,
                "Fastest within the limits: %s, %s a request, energy "
                "%s.",
                el_buf_text(&name), el_fmt_time(fast->latency_s).s,
                el_fmt_change(
                    fast->energy_per_request_j / c->energy_per_request_j - 1.0)
                    .s);
        el_buf_clear(&name);
    }
}

static void summary(el_report_page *p, const el_candidate *c)
{
    const el_setup *setup = &p->r->state.setups.setup[c->setup];
    const el_facts *facts = &p->r->state.setups.query[c->setup].facts;
    el_launch launch = el_launch_of(EL_LAUNCH_VLLM, setup, facts, &c->config);
    el_buf text = {0};

    el_doc_section(&p->doc, "Summary");
    choose(p, c, &text);
    el_doc_text(&p->doc,
                "A request sees its first token after %s and another "
                "every %s; one takes %s. The number is %s: %s.",
                el_fmt_time(c->ttft_s).s, el_fmt_time(c->tpot_s).s,
                el_fmt_time(c->latency_s).s, el_source_name(c->source),
                where_from(c->source));
    if (*setup->note)
        el_doc_text(&p->doc, "Note: %s.", setup->note);
    compare(p, c);
    el_launch_print(&launch, &text);
    el_doc_code(&p->doc, el_buf_text(&text));
    el_buf_clear(&text);
}

/* ---- configurations ---- */

static void row_of(el_report_page *p, const el_candidate *c)
{
    el_buf text = {0};

    print_config(p, c, &text);
    el_doc_cell(&p->doc, "%s", el_buf_text(&text));
    el_doc_cell(&p->doc, "%g", c->gpus);
    el_doc_cell(&p->doc, "%s",
                el_fmt_number(c->energy_per_output_token_j, 3).s);
    el_doc_cell(&p->doc, "%s",
                el_fmt_interval(c->energy_per_request_lo_j / c->osl,
                                c->energy_per_request_hi_j / c->osl, 2)
                    .s);
    el_doc_cell(&p->doc, "%s", el_fmt_time(c->ttft_s).s);
    el_doc_cell(&p->doc, "%s", el_fmt_time(c->tpot_s).s);
    el_doc_cell(&p->doc, "%s", el_fmt_number(c->tokens_per_s, 3).s);
    el_doc_cell(&p->doc, "%s", el_fmt_power(c->avg_power_w).s);
    el_doc_cell(&p->doc, "%s", el_source_name(c->source));
    el_buf_clear(&text);
    if (c->feasible)
        el_buf_add(&text, "keeps all");
    else
        print_reasons(p, c, &text);
    el_doc_cell(&p->doc, "%s", el_buf_text(&text));
    el_buf_clear(&text);
}

static void configurations(el_report_page *p)
{
    static const char *const heading[] = {
        "configuration", ">GPUs",     ">J/token", ">interval", ">TTFT",
        ">TPOT",         ">tokens/s", ">power",   "source",    "limits"};
    const el_optimize_result *r = &p->r->best;

    el_doc_section(&p->doc, "Configurations");
    el_doc_text(&p->doc,
                "%s configurations were predicted, %s keep all limits. Best "
                "first; those that break a limit stand below, the nearest "
                "first.",
                el_fmt_count(r->n_seen).s, el_fmt_count(r->n_seen_feasible).s);
    el_doc_table(&p->doc, "The best configurations", heading,
                 sizeof heading / sizeof *heading);
    for (size_t i = 0; i < r->n && i < MOST_ROWS; i++)
        row_of(p, &r->candidate[i]);
    if (r->n_feasible > MOST_ROWS)
        for (size_t i = r->n_feasible; i < r->n && i < r->n_feasible + 3; i++)
            row_of(p, &r->candidate[i]);
    el_doc_table_end(&p->doc);
}

/* ---- where joules go ---- */

static void cause_row(el_report_page *p, const char *name, double energy_j,
                      double total_j)
{
    if (!(energy_j > 0.0))
        return;
    el_doc_cell(&p->doc, "%s", name);
    el_doc_cell(&p->doc, "%s", el_fmt_energy(energy_j).s);
    el_doc_share(&p->doc, energy_j / total_j,
                 el_fmt_percent(energy_j / total_j).s);
}

static void causes(el_report_page *p, const el_candidate *c)
{
    static const char *const heading[] = {"cause", ">a request", ">share"};
    const el_terms *t = &c->prediction.terms;
    const el_prediction *pr = &c->prediction;
    double total_j = c->energy_per_request_j;

    el_doc_section(&p->doc, "Where the joules go");
    if (el_is_known(pr->prefill_energy_j))
        el_doc_text(
            &p->doc,
            "Reading the prompt takes %s (%s) of the busy GPUs' "
            "energy, writing the answer %s.",
            el_fmt_percent(pr->prefill_energy_j / pr->energy_per_request_j).s,
            el_fmt_energy(pr->prefill_energy_j).s,
            el_fmt_energy(pr->decode_energy_j).s);
    el_doc_table(&p->doc, "Energy of a request by cause", heading, 3);
    for (size_t i = 0; i < t->n; i++)
        cause_row(p, el_cause_words(t->term[i].name), t->term[i].value,
                  total_j);
    cause_row(p, el_cause_words("idle"), c->idle_energy_per_request_j, total_j);
    cause_row(p, el_cause_words("facility"), c->overhead_energy_per_request_j,
              total_j);
    el_doc_table_end(&p->doc);
}

static void what_ifs(el_report_page *p)
{
    static const char *const heading[] = {
        "what if", ">J/token", ">saved", ">TPOT saved", ">TTFT saved", "fits"};
    const el_explanation *a = &p->r->explanation.answer;
    double base_j = a->prediction.energy_per_output_token_j;

    if (a->n_what_if == 0)
        return;
    el_doc_section(&p->doc, "What would save most");
    el_doc_text(&p->doc, "One change at a time, by the analytic model; the "
                         "order is surer than the sizes.");
    el_doc_table(&p->doc, "Changes, most joules saved first", heading, 6);
    for (size_t i = 0; i < a->n_what_if && i < MOST_MOVES; i++) {
        const el_what_if *w = &a->what_if[i];
        el_doc_cell(&p->doc, "%s", w->change);
        el_doc_cell(&p->doc, "%s", el_fmt_number(w->j_per_token, 3).s);
        el_doc_cell(&p->doc, "%+.1f %%", 100.0 * w->saved_j_per_token / base_j);
        el_doc_cell(&p->doc, "%s", el_fmt_time(w->saved_tpot_s).s);
        el_doc_cell(&p->doc, "%s", el_fmt_time(w->saved_ttft_s).s);
        el_doc_cell(&p->doc, "%s", w->fits ? "yes" : "not into memory");
    }
    el_doc_table_end(&p->doc);
}

/* Index of the most costly row below `limit_j` (ties: the later). */
static size_t next_row(const el_explain *e, double limit_j, size_t after)
{
    size_t best = e->n;

    for (size_t i = 0; i < e->n; i++) {
        double j = e->row[i].energy_j + e->row[i].comm_j;
        bool later = j < limit_j || (j == limit_j && i > after);
        if (later &&
            (best == e->n || j > e->row[best].energy_j + e->row[best].comm_j))
            best = i;
    }
    return best;
}

static void kernels(el_report_page *p, const el_explain *e)
{
    static const char *const heading[] = {"kernel", ">time", ">energy",
                                          ">share", "bound by"};
    double limit_j = INFINITY;
    size_t at = e->n;

    el_doc_table(&p->doc,
                 e->vision    ? "Images, one pass"
                 : e->prefill ? "Prompts, one pass"
                              : "Answers, one step",
                 heading, 5);
    for (size_t k = 0; k < MOST_OPS; k++) {
        const el_explain_row *row;

        at = next_row(e, limit_j, at);
        if (at == e->n)
            break;
        row = &e->row[at];
        limit_j = row->energy_j + row->comm_j;
        el_doc_cell(&p->doc, "%s", row->op.label);
        el_doc_cell(&p->doc, "%s", el_fmt_time(row->time_s + row->comm_s).s);
        el_doc_cell(&p->doc, "%s", el_fmt_energy(limit_j).s);
        el_doc_share(&p->doc, limit_j / e->energy_j,
                     el_fmt_percent(limit_j / e->energy_j).s);
        el_doc_cell(&p->doc, "%s", el_bound_name(row->bound));
    }
    el_doc_table_end(&p->doc);
}

static void explanation(el_report_page *p)
{
    const el_explanation *a = &p->r->explanation.answer;

    if (!p->r->has_explanation)
        return;
    what_ifs(p);
    el_doc_section(&p->doc, "Kernel by kernel");
    el_doc_text(&p->doc,
                "The kernels that cost most, by the analytic model, "
                "with %g requests in flight.",
                a->point.batch);
    for (size_t i = 0; i < a->n_phase; i++)
        kernels(p, &a->phase[i]);
}

/* ---- lengths ---- */

static el_status lengths(el_report_page *p, el_error *err)
{
    const el_sweetspot_answer *a = &p->r->sweetspot;
    el_surface_summary s;

    if (!p->r->has_sweetspot || !el_surface_summarise(&a->surface[a->now], &s))
        return EL_OK;
    el_doc_section(&p->doc, "Prompt and answer length");
    el_doc_text(&p->doc,
                "A token costs least with %g tokens in and %g out (%s), most "
                "with %g in and %g out (%s).",
                s.best.isl, s.best.osl, el_fmt_energy(s.best.token_j).s,
                s.worst.isl, s.worst.osl, el_fmt_energy(s.worst.token_j).s);
    return el_sweetspot_chart(a, el_doc_chart, &p->doc, err);
}

el_status el_report_write(el_report_page *page, el_error *err)
{
    const el_candidate *c = el_report_chosen(page->r);
    el_buf title = {0}, lead = {0};
    el_status st;

    el_buf_add(&title, "Energy of serving ");
    el_ask_print_subject(&page->r->state, &title);
    print_load(page, &lead);
    el_doc_begin(&page->doc, el_buf_text(&title), el_buf_text(&lead));
    el_buf_clear(&lead);
    el_buf_clear(&title);
    summary(page, c);
    el_report_bill(page, c);
    configurations(page);
    st = el_report_front(page, err);
    causes(page, c);
    explanation(page);
    if (st == EL_OK)
        st = lengths(page, err);
    if (st == EL_OK)
        st = el_report_proof(page, err);
    return st;
}
