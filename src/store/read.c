/* SPDX-License-Identifier: Apache-2.0 */
#include "store/read.h"

#include <string.h>

#include "store/columns.h"

#define POLL_EVERY 4096u /* rows between looks at the cancel flag */

/* One row of a statement that is being read. */
typedef el_status (*row_fn)(el_store *store, void *ctx, el_error *err);

static el_status no_memory(const el_store *store, el_error *err)
{
    return el_fail(err, EL_E_NOMEM, "%s: out of memory", store->name);
}

/* Runs sql and hands each row to fn. */
static el_status each(el_store *store, const el_buf *sql, const el_value *v,
                      size_t n, const el_task *task, row_fn fn, void *ctx,
                      el_error *err)
{
    const el_sql_kind *k = store->kind;
    bool row = true;
    el_status st = el_buf_ok(sql)
                       ? k->start(store->self, el_buf_text(sql), v, n, err)
                       : no_memory(store, err);

    for (size_t i = 0; st == EL_OK && row; i++) {
        if (i % POLL_EVERY == 0 && el_task_is_cancelled(task))
            st = el_fail(err, EL_E_CANCELLED, "%s: stopped on request",
                         store->name);
        else
            st = k->step(store->self, &row, err);
        if (st == EL_OK && row)
            st = fn(store, ctx, err);
    }
    k->stop(store->self);
    return st;
}

static double real_at(el_store *store, size_t i)
{
    return store->kind->real(store->self, i);
}

static int64_t integer_at(el_store *store, size_t i)
{
    return store->kind->integer(store->self, i);
}

static const char *text_at(el_store *store, size_t i)
{
    return store->kind->text(store->self, i);
}

static el_status damaged(const el_store *store, const char *what, el_error *err)
{
    return el_fail(err, EL_E_DATA, "%s: damaged: %s", store->name, what);
}

/* A count that a damaged store may make negative. */
static size_t count_at(el_store *store, size_t i)
{
    const int64_t n = integer_at(store, i);

    return n > 0 ? (size_t)n : 0;
}

/* --- campaigns ------------------------------------------------------------ */

typedef struct campaigns {
    el_store_campaign_fn fn;
    void *ctx;
} campaigns;

static el_status campaign_row(el_store *store, void *ctx, el_error *err)
{
    const campaigns *to = ctx;
    el_store_campaign_seen c = {0};

    c.id = integer_at(store, 0);
    c.key = text_at(store, 1);
    c.campaign.name = text_at(store, 2);
    c.campaign.plan = text_at(store, 3);
    c.campaign.n_planned = real_at(store, 4);
    c.campaign.created_utc_s = real_at(store, 5);
    c.energylens = text_at(store, 6);
    c.n_configuration = count_at(store, 7);
    c.runs.n_complete = count_at(store, 8);
    c.runs.n_partial = count_at(store, 9);
    c.runs.n_failed = count_at(store, 10);
    c.n_request = count_at(store, 11);
    c.n_sample = count_at(store, 12);
    c.first_utc_s = real_at(store, 13);
    c.last_utc_s = real_at(store, 14);
    if (!c.key || !c.campaign.name)
        return damaged(store, "a campaign without a name", err);
    return to->fn(to->ctx, &c, err);
}

el_status el_store_each_campaign(el_store *store, el_store_campaign_fn fn,
                                 void *ctx, el_error *err)
{
    campaigns to = {fn, ctx};
    el_buf sql = {0};
    el_status st;

    el_buf_add(
        &sql,
        "SELECT c.id, c.key, c.name, c.plan, c.n_planned, c.created_utc_s, "
        "c.energylens, count(DISTINCT CASE WHEN r.state = 'complete' THEN "
        "r.configuration_id END)");
    for (el_store_state s = EL_RUN_COMPLETE; s <= EL_RUN_FAILED; s++)
        el_buf_printf(&sql, ", count(CASE WHEN r.state = '%s' THEN 1 END)",
                      el_store_state_name(s));
    el_buf_add(&sql,
               ", CAST(coalesce(sum(r.n_request), 0) AS BIGINT), "
               "CAST(coalesce(sum(r.n_sample), 0) AS BIGINT), "
               "min(r.started_utc_s), max(r.started_utc_s) FROM campaign c "
               "LEFT JOIN run r ON r.campaign_id = c.id GROUP BY c.id ORDER BY "
               "c.id");
    st = each(store, &sql, NULL, 0, NULL, campaign_row, &to, err);
    el_buf_clear(&sql);
    return st;
}

/* --- runs ----------------------------------------------------------------- */

/* Appends WHERE; values go to v, which has room for 2. */
static size_t where(const el_store_filter *f, el_buf *sql, el_value *v)
{
    const char *word = " WHERE ";
    size_t n = 0;

    if (f->campaign) {
        v[n++] = el_value_text(f->campaign);
        el_buf_printf(sql, "%sk.name = $%zu", word, n);
        word = " AND ";
    }
    if (f->run != 0) {
        v[n++] = el_value_integer(f->run);
        el_buf_printf(sql, "%sr.id = $%zu", word, n);
        word = " AND ";
    }
    if (f->complete)
        el_buf_printf(sql, "%sr.state = 'complete'", word);
    return n;
}

typedef struct runs {
    el_store_run_fn fn;
    void *ctx;
} runs;

static bool state_of(const char *name, el_store_state *out)
{
    for (el_store_state s = EL_RUN_COMPLETE; name && s <= EL_RUN_FAILED; s++)
        if (strcmp(el_store_state_name(s), name) == 0) {
            *out = s;
            return true;
        }
    return false;
}

static void set_column(el_store *store, size_t at, const el_store_column *c,
                       el_store_run *run)
{
    void *member = (char *)run + c->offset;

    if (c->rule == EL_COLUMN_TEXT)
        *(const char **)member = text_at(store, at);
    else
        *(double *)member = real_at(store, at);
}

static el_status run_row(el_store *store, void *ctx, el_error *err)
{
    const runs *to = ctx;
    el_store_run_seen s = {0};
    size_t at = 0;

    el_store_run_init(&s.run);
    s.id = integer_at(store, at++);
    s.key = text_at(store, at++);
    s.campaign_id = integer_at(store, at++);
    s.campaign = text_at(store, at++);
    if (!state_of(text_at(store, at++), &s.run.state) || !s.key || !s.campaign)
        return damaged(store, "a run without a state or key", err);
    s.run.repeat = real_at(store, at++);
    s.run.started_utc_s = real_at(store, at++);
    s.run.meter = text_at(store, at++);
    s.run.energylens = text_at(store, at++);
    s.n_request = count_at(store, at++);
    s.n_sample = count_at(store, at++);
    s.content = integer_at(store, at++);
    for (size_t i = 0; i < el_n_store_columns; i++)
        set_column(store, at++, &el_store_columns[i], &s.run);
    return to->fn(to->ctx, &s, err);
}

el_status el_store_each_run(el_store *store, const el_store_filter *filter,
                            const el_task *task, el_store_run_fn fn, void *ctx,
                            el_error *err)
{
    runs to = {fn, ctx};
    el_value v[2];
    el_buf sql = {0};
    el_status st;
    size_t n;

    el_buf_add(&sql, "SELECT r.id, r.key, r.campaign_id, k.name, r.state, "
                     "r.repeat, r.started_utc_s, r.meter, r.energylens, "
                     "r.n_request, r.n_sample, r.content,");
    (void)el_column_names(EL_OF_CONFIGURATION, EL_OF_CONFIGURATION, "c.", &sql);
    el_buf_add(&sql, ",");
    (void)el_column_names(EL_OF_RUN, EL_OF_RUN_EXTRA, "r.", &sql);
    el_buf_add(&sql, " FROM run r JOIN configuration c ON c.id = "
                     "r.configuration_id JOIN campaign k ON k.id = "
                     "r.campaign_id");
    n = where(filter, &sql, v);
    el_buf_add(&sql, " ORDER BY r.id");
    st = each(store, &sql, v, n, task, run_row, &to, err);
    el_buf_clear(&sql);
    return st;
}

/* --- requests and samples ------------------------------------------------- */

typedef struct requests {
    el_store_request_fn fn;
    void *ctx;
} requests;

static el_status request_row(el_store *store, void *ctx, el_error *err)
{
    const requests *to = ctx;
    el_store_request r;

    r.start_s = real_at(store, 2);
    r.ttft_s = real_at(store, 3);
    r.itl_s = real_at(store, 4);
    r.itl_max_s = real_at(store, 5);
    r.latency_s = real_at(store, 6);
    r.input_tokens = real_at(store, 7);
    r.output_tokens = real_at(store, 8);
    r.n_retry = real_at(store, 9);
    r.error = text_at(store, 10);
    return to->fn(to->ctx, integer_at(store, 0), count_at(store, 1), &r, err);
}

/* Rows of a table of a run's, joined with what a filter looks at. */
static el_status each_of_runs(el_store *store, const char *select,
                              const char *order, const el_store_filter *filter,
                              const el_task *task, row_fn fn, void *ctx,
                              el_error *err)
{
    el_value v[2];
    el_buf sql = {0};
    el_status st;
    size_t n;

    el_buf_printf(&sql,
                  "%s JOIN run r ON r.id = t.run_id JOIN campaign k ON k.id = "
                  "r.campaign_id",
                  select);
    n = where(filter, &sql, v);
    el_buf_printf(&sql, " ORDER BY %s", order);
    st = each(store, &sql, v, n, task, fn, ctx, err);
    el_buf_clear(&sql);
    return st;
}

el_status el_store_each_request(el_store *store, const el_store_filter *filter,
                                const el_task *task, el_store_request_fn fn,
                                void *ctx, el_error *err)
{
    requests to = {fn, ctx};

    return each_of_runs(
        store,
        "SELECT t.run_id, t.seq, t.start_s, t.ttft_s, t.itl_s, t.itl_max_s, "
        "t.latency_s, t.input_tokens, t.output_tokens, t.n_retry, t.error FROM "
        "request t",
        "t.run_id, t.seq", filter, task, request_row, &to, err);
}

typedef struct samples {
    el_store_sample_fn fn;
    void *ctx;
} samples;

static double reading(el_store *store, size_t i, uint32_t bit, uint32_t *have)
{
    const double v = real_at(store, i);

    if (el_is_known(v))
        *have |= bit;
    return v;
}

static el_status sample_row(el_store *store, void *ctx, el_error *err)
{
    const samples *to = ctx;
    el_store_sample_seen s = {0};
    uint32_t have = 0;
    double throttle;

    s.run = integer_at(store, 0);
    s.device = count_at(store, 1);
    s.sample.time_s = real_at(store, 2);
    s.sample.power_w = reading(store, 3, EL_HAVE_POWER, &have);
    s.sample.energy_j = reading(store, 4, EL_HAVE_ENERGY, &have);
    s.sample.sm_clock_hz = reading(store, 5, EL_HAVE_SM_CLOCK, &have);
    s.sample.mem_clock_hz = reading(store, 6, EL_HAVE_MEM_CLOCK, &have);
    s.sample.temp_c = reading(store, 7, EL_HAVE_TEMP, &have);
    throttle = reading(store, 8, EL_HAVE_THROTTLE, &have);
    if (throttle >= 0 && throttle <= UINT32_MAX)
        s.sample.throttle = (uint32_t)throttle;
    s.sample.have = have;
    s.uuid = text_at(store, 9);
    s.name = text_at(store, 10);
    if (!el_is_known(s.sample.time_s))
        return damaged(store, "a sample without a time", err);
    return to->fn(to->ctx, &s, err);
}

el_status el_store_each_sample(el_store *store, const el_store_filter *filter,
                               const el_task *task, el_store_sample_fn fn,
                               void *ctx, el_error *err)
{
    samples to = {fn, ctx};

    return each_of_runs(
        store,
        "SELECT t.run_id, t.device, t.time_s, t.power_w, t.energy_j, "
        "t.sm_clock_hz, t.mem_clock_hz, t.temp_c, t.throttle, d.uuid, d.name "
        "FROM sample t LEFT JOIN device d ON d.run_id = t.run_id AND d.device "
        "= t.device",
        "t.run_id, t.device, t.seq", filter, task, sample_row, &to, err);
}
