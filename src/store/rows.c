/* SPDX-License-Identifier: Apache-2.0 */
/* Requests and samples of a run. */
#include <math.h>

#include "store/columns.h"

typedef struct rows {
    const el_store *store;
    const el_store_request *request;
    const el_reading *sample;
    size_t device;
    uint64_t *sum;
} rows;

static el_status check_request(const el_store_request *r, el_error *err)
{
    const struct {
        const char *name;
        double v;
        el_column_rule rule;
    } part[] = {
        {"start_s of a request", r->start_s, EL_COLUMN_NUMBER},
        {"ttft_s of a request", r->ttft_s, EL_COLUMN_FROM_0},
        {"itl_s of a request", r->itl_s, EL_COLUMN_FROM_0},
        {"itl_max_s of a request", r->itl_max_s, EL_COLUMN_FROM_0},
        {"latency_s of a request", r->latency_s, EL_COLUMN_FROM_0},
        {"input_tokens of a request", r->input_tokens, EL_COLUMN_FROM_0},
        {"output_tokens of a request", r->output_tokens, EL_COLUMN_FROM_0},
        {"n_retry of a request", r->n_retry, EL_COLUMN_FROM_0}};
    el_status st = el_store_check_text("error of a request", r->error, err);

    for (size_t i = 0; i < sizeof part / sizeof *part && st == EL_OK; i++)
        st = el_store_check_number(part[i].name, part[i].v, part[i].rule, err);
    return st;
}

void el_request_values(const el_store_request *r, double start_s, el_value *v)
{
    v[0] = el_value_real(r->start_s - start_s);
    v[1] = el_value_real(r->ttft_s);
    v[2] = el_value_real(r->itl_s);
    v[3] = el_value_real(r->itl_max_s);
    v[4] = el_value_real(r->latency_s);
    v[5] = el_value_real(r->input_tokens);
    v[6] = el_value_real(r->output_tokens);
    v[7] = el_value_real(r->n_retry);
    v[8] = el_value_text(r->error);
}

static void request_row(const void *ctx, size_t i, el_value *v)
{
    const rows *all = ctx;

    v[0] = el_value_integer(all->store->run);
    v[1] = el_value_integer(all->store->n_request + (int64_t)i);
    el_request_values(&all->request[i], all->store->start_s, v + 2);
    el_sum_add(all->sum, v + 2, EL_REQUEST_VALUES);
}

el_status el_store_add_requests(el_store *store, const el_store_request *v,
                                size_t n, el_error *err)
{
    const rows all = {.store = store, .request = v, .sum = &store->request_sum};
    el_status st = el_store_in_run(store, err);

    if (st != EL_OK)
        return st;
    for (size_t i = 0; i < n && st == EL_OK; i++)
        st = check_request(&v[i], err);
    if (st == EL_OK && n > 0)
        st = store->kind->fill(store->self, "request",
                               "run_id,seq,start_s,ttft_s,itl_s,itl_max_s,"
                               "latency_s,input_tokens,output_tokens,n_retry,"
                               "error",
                               11, n, request_row, &all, err);
    if (st == EL_OK)
        store->n_request += (int64_t)n;
    else
        el_store_rollback(store);
    return st;
}

static bool is_fine(const el_reading *s)
{
    return isfinite(s->time_s) &&
           (!(s->have & EL_HAVE_POWER) || isfinite(s->power_w)) &&
           (!(s->have & EL_HAVE_ENERGY) || isfinite(s->energy_j)) &&
           (!(s->have & EL_HAVE_SM_CLOCK) || isfinite(s->sm_clock_hz)) &&
           (!(s->have & EL_HAVE_MEM_CLOCK) || isfinite(s->mem_clock_hz)) &&
           (!(s->have & EL_HAVE_TEMP) || isfinite(s->temp_c));
}

static el_value if_known(const el_reading *s, uint32_t bit, double v)
{
    return el_value_real(s->have & bit ? v : EL_UNKNOWN);
}

void el_sample_values(const el_reading *s, double start_s, el_value *v)
{
    v[0] = el_value_real(s->time_s - start_s);
    v[1] = if_known(s, EL_HAVE_POWER, s->power_w);
    v[2] = if_known(s, EL_HAVE_ENERGY, s->energy_j);
    v[3] = if_known(s, EL_HAVE_SM_CLOCK, s->sm_clock_hz);
    v[4] = if_known(s, EL_HAVE_MEM_CLOCK, s->mem_clock_hz);
    v[5] = if_known(s, EL_HAVE_TEMP, s->temp_c);
    v[6] = s->have & EL_HAVE_THROTTLE ? el_value_integer(s->throttle)
                                      : el_value_text(NULL);
}

static void sample_row(const void *ctx, size_t i, el_value *v)
{
    const rows *all = ctx;

    v[0] = el_value_integer(all->store->run);
    v[1] = el_value_integer((int64_t)all->device);
    v[2] = el_value_integer(all->store->next[all->device] + (int64_t)i);
    el_sample_values(&all->sample[i], all->store->start_s, v + 3);
    el_sum_add(all->sum, v + 3, EL_SAMPLE_VALUES);
}

el_status el_store_add_samples(el_store *store, size_t device,
                               const el_reading *v, size_t n, el_error *err)
{
    rows all = {.store = store, .sample = v, .device = device};
    el_status st = el_store_in_run(store, err);

    if (st != EL_OK)
        return st;
    if (device >= store->n_device)
        st = el_fail(err, EL_E_ARG, "%s: the run has no device %zu",
                     store->name, device);
    for (size_t i = 0; i < n && st == EL_OK; i++)
        if (!is_fine(&v[i]))
            st = el_fail(err, EL_E_DATA,
                         "store: sample %zu of device %zu: not finite", i,
                         device);
    if (st == EL_OK)
        all.sum = &store->sample_sum[device];
    if (st == EL_OK && n > 0)
        st = store->kind->fill(store->self, "sample",
                               "run_id,device,seq,time_s,power_w,energy_j,"
                               "sm_clock_hz,mem_clock_hz,temp_c,throttle",
                               10, n, sample_row, &all, err);
    if (st == EL_OK) {
        store->next[device] += (int64_t)n;
        store->n_sample += (int64_t)n;
    } else {
        el_store_rollback(store);
    }
    return st;
}
