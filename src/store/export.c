/* SPDX-License-Identifier: Apache-2.0 */
#include "store/export.h"

#include <inttypes.h>
#include <string.h>

#include "io/csv.h"
#include "store/columns.h"

#define PIECE 65536u /* bytes handed on at once */

typedef struct writer {
    el_store_sink put;
    void *ctx;
    el_buf text;
    size_t n_row;
} writer;

static el_status flush(writer *w, el_error *err)
{
    el_status st = EL_OK;

    if (!el_buf_ok(&w->text))
        return el_fail(err, EL_E_NOMEM, "store: out of memory");
    if (w->text.len > 0)
        st = w->put(w->ctx, el_buf_text(&w->text), w->text.len, err);
    w->text.len = 0;
    return st;
}

static el_status end_row(writer *w, el_error *err)
{
    el_buf_add(&w->text, "\n");
    w->n_row++;
    return w->text.len < PIECE && el_buf_ok(&w->text) ? EL_OK : flush(w, err);
}

static void number(writer *w, const char *before, double v)
{
    if (el_is_known(v))
        el_buf_printf(&w->text, "%s%.17g", before, v);
    else
        el_buf_add(&w->text, before);
}

static void text(writer *w, const char *before, const char *v)
{
    el_buf_add(&w->text, before);
    if (v)
        el_csv_quote(&w->text, v, strlen(v));
}

static el_status run_row(void *ctx, const el_store_run_seen *seen,
                         el_error *err)
{
    writer *w = ctx;
    const char *comma = "";

    for (size_t i = 0; i < el_n_store_columns; i++) {
        const el_store_column *c = &el_store_columns[i];

        if (c->part == EL_OF_RUN_EXTRA)
            continue;
        if (c->rule == EL_COLUMN_TEXT)
            text(w, comma, el_column_text(c, &seen->run));
        else
            number(w, comma, el_column_number(c, &seen->run));
        comma = ",";
    }
    return end_row(w, err);
}

static el_status request_row(void *ctx, int64_t run, size_t seq,
                             const el_store_request *r, el_error *err)
{
    writer *w = ctx;

    el_buf_printf(&w->text, "%" PRId64 ",%zu", run, seq);
    number(w, ",", r->start_s);
    number(w, ",", r->ttft_s);
    number(w, ",", r->itl_s);
    number(w, ",", r->itl_max_s);
    number(w, ",", r->latency_s);
    number(w, ",", r->input_tokens);
    number(w, ",", r->output_tokens);
    number(w, ",", r->n_retry);
    text(w, ",", r->error);
    return end_row(w, err);
}

static void reading(writer *w, const el_reading *s, uint32_t bit, double v)
{
    number(w, ",", s->have & bit ? v : EL_UNKNOWN);
}

static el_status sample_row(void *ctx, const el_store_sample_seen *seen,
                            el_error *err)
{
    writer *w = ctx;
    const el_reading *s = &seen->sample;

    el_buf_printf(&w->text, "%" PRId64, seen->run);
    number(w, ",", s->time_s);
    if (seen->uuid)
        text(w, ",", seen->uuid);
    else
        el_buf_printf(&w->text, ",%zu", seen->device);
    reading(w, s, EL_HAVE_POWER, s->power_w);
    reading(w, s, EL_HAVE_ENERGY, s->energy_j);
    reading(w, s, EL_HAVE_TEMP, s->temp_c);
    reading(w, s, EL_HAVE_SM_CLOCK, s->sm_clock_hz);
    reading(w, s, EL_HAVE_MEM_CLOCK, s->mem_clock_hz);
    reading(w, s, EL_HAVE_THROTTLE, s->throttle);
    text(w, ",", seen->name);
    return end_row(w, err);
}

el_status el_store_export(el_store *store, el_store_export_what what,
                          const el_store_filter *filter, const el_task *task,
                          el_store_sink put, void *ctx, size_t *n_row,
                          el_error *err)
{
    writer w = {.put = put, .ctx = ctx};
    el_status st = EL_E_ARG;

    switch (what) {
    case EL_EXPORT_RUNS:
        (void)el_column_names(EL_OF_CONFIGURATION, EL_OF_RUN, "", &w.text);
        el_buf_add(&w.text, "\n");
        st = el_store_each_run(store, filter, task, run_row, &w, err);
        break;
    case EL_EXPORT_REQUESTS:
        el_buf_add(&w.text,
                   "run,request,start_s,ttft_s,itl_s,itl_max_s,latency_s,"
                   "input_tokens,output_tokens,retries,error\n");
        st = el_store_each_request(store, filter, task, request_row, &w, err);
        break;
    case EL_EXPORT_SAMPLES:
        el_buf_add(&w.text, "run,time_s,device,power_w,energy_j,temp_c,"
                            "sm_clock_hz,mem_clock_hz,throttle,name\n");
        st = el_store_each_sample(store, filter, task, sample_row, &w, err);
        break;
    }
    if (st == EL_OK)
        st = flush(&w, err);
    if (st == EL_OK)
        *n_row = w.n_row;
    el_buf_clear(&w.text);
    return st;
}

el_status el_store_table(const char *where, const el_task *task,
                         el_store_sink put, void *ctx, char name[EL_STORE_NAME],
                         el_error *err)
{
    static const el_store_filter complete = {.complete = true};
    el_store *store = NULL;
    size_t n = 0;
    el_status st = el_store_open(where, EL_STORE_READ, &store, err);

    if (st == EL_OK)
        st = el_store_export(store, EL_EXPORT_RUNS, &complete, task, put, ctx,
                             &n, err);
    if (st == EL_OK && n == 0)
        st = el_fail(err, EL_E_DATA, "%s: no complete run",
                     el_store_name(store));
    if (st == EL_OK)
        el_str_copy(name, EL_STORE_NAME, el_store_name(store));
    el_store_close(store);
    return st;
}
