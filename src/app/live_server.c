/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <string.h>

#include "app/live_part.h"
#include "base/mem.h"
#include "energylens/known.h"
#include "io/vllm_metrics.h"
#include "meter/http.h"
#include "model/candidate.h"
#include "model/counted.h"
#include "model/load.h"
#include "model/replica_of.h"

#define PATH "/metrics"

/* Contexts that steps are tabulated from; the counters then say which. */
static const el_replica_lengths lengths = {256.0, 2048.0, 32768.0, 256.0};

/* What the server counted since it began. */
typedef struct totals {
    double prompts, prompt_tokens, output_tokens;
} totals;

struct el_live_page {
    el_ask_state state;
    el_replica replica;
    bool count_engines; /* dp was not given */
    el_http *http;
    el_buf page;
    el_status fetched; /* with its error: of the thread that looks */
    el_error why;
    el_vllm vllm;
    double last_s; /* of the page before; NaN: none */
    totals all;
    el_live_server now;
};

/* ---- what the server runs ---- */

static el_status set_config(el_live_page *p, el_error *err)
{
    const el_optimize_query *q = p->state.setups.query;
    el_config c = p->state.query.current;

    if (p->state.setups.n != 1)
        return el_fail(err, EL_E_ARG,
                       "--watch: %zu setups: one GPU type, format and engine",
                       p->state.setups.n);
    if (!p->state.query.has_current)
        return el_fail(err, EL_E_ARG,
                       "--watch: --config says what the server runs");
    p->count_engines = !el_is_known(c.dp);
    if (p->count_engines)
        c.dp = 1.0; /* until a page tells */
    if (!el_is_known(c.batch))
        c.batch = el_config_usual_batch(q, &c);
    p->now.config = c;
    el_str_copy(p->now.model, sizeof p->now.model,
                p->state.setups.setup->key.model);
    el_str_copy(p->now.gpu, sizeof p->now.gpu, p->state.setups.setup->key.gpu);
    return el_replica_of(q, &c, &lengths, &p->replica, err);
}

/* The load is what is watched: any will do to open the setup. */
static el_status open_model(const el_live_ask *ask, el_live_page *p,
                            el_error *err)
{
    el_ask what = ask->ask;
    el_status st;

    what.query.isl = lengths.isl_lo;
    what.query.osl = lengths.osl;
    st = el_ask_open(&what, &p->state, err);
    if (st == EL_OK)
        st = set_config(p, err);
    return st;
}

static el_status open_url(const char *url, el_live_page *p, el_error *err)
{
    size_t len = strlen(url), tail = strlen(PATH);
    el_buf text = {0};
    el_status st;

    while (len > 0 && url[len - 1] == '/')
        len--;
    el_buf_add_n(&text, url, len);
    if (len < tail || strncmp(url + len - tail, PATH, tail) != 0)
        el_buf_add(&text, PATH);
    st = el_buf_ok(&text) ? el_http_open(el_buf_text(&text), &p->http, err)
                          : el_fail(err, EL_E_NOMEM, "live: out of memory");
    el_buf_clear(&text);
    return st;
}

el_status el_live_page_open(const el_live_ask *ask, el_live_page **out,
                            el_error *err)
{
    el_live_page *p = el_array(1, sizeof *p);
    el_status st;

    if (!p)
        return el_fail(err, EL_E_NOMEM, "live: out of memory");
    el_vllm_init(&p->vllm);
    p->last_s = EL_UNKNOWN;
    st = open_model(ask, p, err);
    if (st == EL_OK)
        st = open_url(ask->url, p, err);
    p->now.source = EL_SOURCE_MODELLED;
    p->now.power_w = p->now.power_lo_w = p->now.power_hi_w = EL_UNKNOWN;
    p->now.j_per_output_token = p->now.in_flight = p->now.busy = EL_UNKNOWN;
    p->now.running = p->now.waiting = EL_UNKNOWN;
    if (st == EL_OK)
        *out = p;
    else
        el_live_page_close(p);
    return st;
}

/* ---- a look ---- */

static void note_failure(el_live_page *p, const el_error *err)
{
    p->now.up = false;
    p->now.n_failed++;
    el_str_copy(p->now.why, sizeof p->now.why, err->message);
}

void el_live_page_fetch(el_live_page *page)
{
    page->fetched = el_http_get(page->http, &page->page, &page->why);
}

static double or_zero(double value)
{
    return el_is_known(value) ? value : 0.0;
}

static el_counted count(const el_live_page *p, const el_vllm_growth *g,
                        double time_s)
{
    double prompts = or_zero(g->value[EL_VLLM_TTFT_N]);
    const totals *all = &p->all;
    el_counted c = {
        .replica_s = time_s * p->now.config.dp,
        .prompts = prompts,
        .prompt_tokens = fmax(or_zero(g->value[EL_VLLM_PROMPT_TOKENS]) -
                                  or_zero(g->value[EL_VLLM_CACHED_TOKENS]),
                              0.0),
        .tokens = fmax(or_zero(g->value[EL_VLLM_OUTPUT_TOKENS]) - prompts, 0.0),
        .steps = g->value[EL_VLLM_STEPS],
        .in_flight = or_zero(p->now.running) / p->now.config.dp};

    if (all->prompts > 0.0)
        c.context =
            (all->prompt_tokens + all->output_tokens / 2.0) / all->prompts;
    return c;
}

/* The interval of busy joules is that of the prediction at this batch. */
static void set_power(el_live_page *p, const el_replica_sum *sum, double time_s)
{
    double busy_j = sum->prefill_j + sum->decode_j;
    el_bands by;

    p->now.in_flight = sum->steps > 0.0 ? sum->tokens / sum->steps : 0.0;
    if (el_config_bands(p->state.setups.query, &p->now.config, p->now.in_flight,
                        &by))
        p->now.source = by.source;
    p->now.power_w = (busy_j + sum->idle_j) / time_s;
    p->now.power_lo_w = (busy_j * by.energy_lo + sum->idle_j) / time_s;
    p->now.power_hi_w = (busy_j * by.energy_hi + sum->idle_j) / time_s;
    p->now.busy =
        (sum->prefill_s + sum->decode_s) / (time_s * p->now.config.dp);
}

static void account(el_live_page *p, const el_vllm_growth *g, double time_s)
{
    const el_counted c = count(p, g, time_s);
    double made = or_zero(g->value[EL_VLLM_OUTPUT_TOKENS]);
    el_replica_sum sum;

    el_replica_counted(&p->replica, &c, &sum);
    p->now.prefill_j += sum.prefill_j;
    p->now.decode_j += sum.decode_j;
    p->now.idle_j += sum.idle_j;
    p->now.prompt_tokens += or_zero(g->value[EL_VLLM_PROMPT_TOKENS]);
    p->now.output_tokens += made;
    set_power(p, &sum, time_s);
    p->now.j_per_output_token =
        made > 0.0 ? p->now.power_w * time_s / made : EL_UNKNOWN;
}

void el_live_page_take(el_live_page *page, double now_s)
{
    const char *at = el_buf_text(&page->page);
    el_vllm_growth g;
    el_error err = {0};

    page->now.n_look++;
    if (page->fetched != EL_OK) {
        note_failure(page, &page->why);
        return;
    }
    if (el_vllm_next(&page->vllm, &at, at + page->page.len, "the page", &g,
                     &err) != EL_OK) {
        note_failure(page, &err);
        return;
    }
    page->now.up = true;
    if (page->count_engines && g.n_engine > 0)
        page->now.config.dp = (double)g.n_engine;
    page->now.running = g.value[EL_VLLM_RUNNING];
    page->now.waiting = g.value[EL_VLLM_WAITING];
    page->all.prompts += or_zero(g.value[EL_VLLM_TTFT_N]);
    page->all.prompt_tokens += or_zero(g.value[EL_VLLM_PROMPT_TOKENS]);
    page->all.output_tokens += or_zero(g.value[EL_VLLM_OUTPUT_TOKENS]);
    if (now_s > page->last_s) /* what was before the first page is not ours */
        account(page, &g, now_s - page->last_s);
    page->last_s = now_s;
}

void el_live_page_copy(const el_live_page *page, el_live_now *out)
{
    out->has_server = true;
    out->server = page->now;
}

void el_live_page_close(el_live_page *page)
{
    if (!page)
        return;
    el_http_close(page->http);
    el_buf_clear(&page->page);
    el_vllm_clear(&page->vllm);
    el_replica_clear(&page->replica);
    el_ask_close(&page->state);
    el_free(page);
}
