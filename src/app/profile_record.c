/* SPDX-License-Identifier: Apache-2.0 */
#include "app/profile_record.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/meter.h"
#include "base/clock.h"
#include "base/mem.h"

#define SOME 512u /* requests written at a time */

/* --- facts ---------------------------------------------------------------- */

void el_profile_fact(el_profile_facts *facts, const char *name,
                     const char *value)
{
    const char *own;

    if (!value || !value[0])
        return;
    own = el_strings_add(&facts->text, value, strlen(value));
    if (!own || facts->n == EL_PROFILE_FACTS) {
        facts->failed = true;
        return;
    }
    facts->v[facts->n++] = (el_store_fact){name, own};
}

static void fact_number(el_profile_facts *facts, const char *name, double value)
{
    char text[40];

    if (isnan(value))
        return;
    (void)snprintf(text, sizeof text, "%.17g", value);
    el_profile_fact(facts, name, text);
}

void el_profile_facts_clear(el_profile_facts *facts)
{
    el_strings_clear(&facts->text);
    *facts = (el_profile_facts){.n = 0};
}

void el_profile_flags(uint32_t quality, uint32_t tags, el_buf *out)
{
    const char *between = "";

    for (unsigned bit = 0; el_quality_name(bit); bit++)
        if (quality & (1u << bit)) {
            el_buf_printf(out, "%s%s", between, el_quality_name(bit));
            between = ";";
        }
    for (unsigned bit = 0; el_trial_tag(bit); bit++)
        if (tags & (1u << bit)) {
            el_buf_printf(out, "%s%s", between, el_trial_tag(bit));
            between = ";";
        }
}

/* --- one run -------------------------------------------------------------- */

/* Prefill energy of the run's requests: what one token costs each. */
static double by_difference(const el_trial *t, const el_trial *prefill)
{
    return prefill ? prefill->energy_j / (double)prefill->n_request *
                         (double)t->n_request
                   : (double)NAN;
}

static void split(const el_trial *t, const el_trial *prefill, el_store_run *run,
                  el_profile_facts *fact)
{
    double difference = by_difference(t, prefill);
    double phases = t->has_phases ? t->phases.prefill_j : (double)NAN;
    bool by_phases = !(difference < t->energy_j) && !isnan(phases);

    run->prefill_energy_j = by_phases ? phases : difference;
    if (!(run->prefill_energy_j < t->energy_j)) /* cannot be: unknown */
        run->prefill_energy_j = NAN;
    if (by_phases) /* less what was drawn while nothing was in flight */
        run->decode_energy_j = t->phases.decode_j;
    else
        run->decode_energy_j = t->energy_j - run->prefill_energy_j;
    if (!isnan(run->prefill_energy_j))
        el_profile_fact(fact, "prefill_by",
                        by_phases ? "phases" : "difference");
    fact_number(fact, "prefill_by_difference_j", difference);
    fact_number(fact, "prefill_by_phases_j", phases);
    if (t->has_phases) {
        fact_number(fact, "phases_mixed_j", t->phases.mixed_j);
        fact_number(fact, "phases_nobody_j", t->phases.nobody_j);
    }
}

static void set_numbers(const el_trial *t, const el_profile_job *job,
                        el_store_run *run)
{
    run->started_utc_s = t->begin_utc_s;
    run->start_s = t->begin_s;
    run->avg_batch = t->in_flight / job->configuration.dp;
    run->requests = (double)t->n_request;
    run->energy_j = t->energy_j;
    if (t->n_device > job->n_gpu)
        run->energy_node_gpus_j = t->all_energy_j;
    run->latency_s = t->latency_s;
    run->ttft_s = t->ttft_s;
    run->itl_s = t->itl_s;
    run->avg_power_w = t->power_w;
    run->throughput_tok_s = t->token_hz;
    run->energy_error_j = t->error_j;
    run->idle_power_w = t->idle_w;
    run->duration_s = t->end_s - t->start_s;
}

static void set_facts(const el_trial *t, el_profile_facts *fact)
{
    fact_number(fact, "window_start_s", t->start_s - t->begin_s);
    fact_number(fact, "window_end_s", t->end_s - t->begin_s);
    fact_number(fact, "rounds", (double)t->n_round);
    fact_number(fact, "warm_up_s", t->start_s - t->load_s);
    fact_number(fact, "throughput_drift", t->rate.drift);
    fact_number(fact, "power_drift", t->power.drift);
    fact_number(fact, "prompt_tokens_counted", t->prompt_tokens);
    fact_number(fact, "client_cpu_s", t->total.cpu_s);
    fact_number(fact, "client_lag_max_s", t->total.lag_max_s);
}

static el_status add_requests(const el_profile_record *r, const el_trial *t,
                              el_error *err)
{
    el_store_request v[SOME];
    el_status st = EL_OK;
    size_t n = 0;

    for (size_t i = 0; st == EL_OK && i < t->n_all; i++) {
        const el_trial_request *q = &t->request[i];

        if (isnan(q->flight.start_s)) /* never sent */
            continue;
        v[n++] =
            (el_store_request){.start_s = q->flight.start_s,
                               .ttft_s = q->ttft_s,
                               .itl_s = q->itl_s,
                               .latency_s = q->flight.end_s - q->flight.start_s,
                               .itl_max_s = q->gap_max_s,
                               .input_tokens = q->prompt_tokens,
                               .output_tokens = q->completion_tokens,
                               .n_retry = q->n_retry,
                               .error = q->outcome == EL_LOAD_OK
                                            ? NULL
                                            : el_load_outcome_name(q->outcome)};
        if (n == SOME) {
            st = el_store_add_requests(r->store, v, n, err);
            n = 0;
        }
    }
    return st == EL_OK && n > 0 ? el_store_add_requests(r->store, v, n, err)
                                : st;
}

static el_status write_run(const el_profile_record *r, el_store_run *run,
                           const el_trial *t, el_error *err)
{
    bool is_new = false;
    el_status st;

    run->configuration = r->job->configuration;
    run->repeat = (double)r->repeat;
    run->environment = r->environment->v;
    run->n_environment = r->environment->n;
    run->fact = r->fact->v;
    run->n_fact = r->fact->n;
    if (r->environment->failed || r->fact->failed)
        return el_fail(err, EL_E_NOMEM, "run: facts");
    st = el_store_begin(r->store, r->campaign, run, &is_new, err);
    if (st != EL_OK || !is_new)
        return st;
    if (t)
        st = add_requests(r, t, err);
    for (size_t i = 0; t && st == EL_OK && i < t->n_device; i++)
        st = el_store_add_samples(r->store, i, t->device[i].trace.v,
                                  t->device[i].trace.n, err);
    return st == EL_OK ? el_store_commit(r->store, err) : st;
}

static int by_start(const void *a, const void *b)
{
    double x = ((const el_trial_request *)a)->flight.start_s;
    double y = ((const el_trial_request *)b)->flight.start_s;

    return (x > y) - (x < y);
}

el_status el_profile_keep(const el_profile_record *r, const el_trial *t,
                          const el_trial *prefill, double *prefill_share,
                          el_error *err)
{
    el_store_device *device =
        t->n_device ? el_array(t->n_device, sizeof *device) : NULL;
    el_store_run run;
    el_buf flags = {0};
    el_status st;

    if (t->n_device && !device)
        return el_fail(err, EL_E_NOMEM, "run: %zu devices", t->n_device);
    el_store_run_init(&run);
    run.state = EL_RUN_COMPLETE;
    run.meter = r->meter;
    set_numbers(t, r->job, &run);
    split(t, prefill, &run, r->fact);
    set_facts(t, r->fact);
    el_profile_flags(t->quality | r->quality, t->tags, &flags);
    run.quality_flag = flags.text;
    for (size_t i = 0; i < t->n_device; i++) {
        const el_trial_device *d = &t->device[i];

        device[i] = (el_store_device){d->about.id[0] ? d->about.id : NULL,
                                      d->about.name[0] ? d->about.name : NULL,
                                      d->energy.energy_j, d->idle_before_w};
    }
    run.device = device;
    run.n_device = t->n_device;
    qsort(t->request, t->n_all, sizeof *t->request, by_start);
    st = el_buf_ok(&flags) ? write_run(r, &run, t, err)
                           : el_fail(err, EL_E_NOMEM, "run: flags");
    *prefill_share = run.prefill_energy_j / t->energy_j;
    el_buf_clear(&flags);
    el_free(device);
    return st;
}

el_status el_profile_keep_failure(const el_profile_record *r, const char *why,
                                  el_error *err)
{
    el_store_run run;

    el_store_run_init(&run);
    run.state = EL_RUN_FAILED;
    run.started_utc_s = el_clock_utc_s();
    el_profile_fact(r->fact, "failure", why);
    return write_run(r, &run, NULL, err);
}
