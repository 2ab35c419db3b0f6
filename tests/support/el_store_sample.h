/* SPDX-License-Identifier: Apache-2.0 */
/* A store to test with, and runs to fill it. */
#ifndef EL_STORE_SAMPLE_H
#define EL_STORE_SAMPLE_H
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/columns.h"
#include "store/read.h"

#define N_REQUEST 5u
#define N_SAMPLE  7u

static const el_store_campaign sample_campaign = {.name = "first",
                                                  .plan = "00ff",
                                                  .n_planned = 3,
                                                  .created_utc_s = EL_UNKNOWN};

typedef struct sample_run {
    el_store_run run;
    el_store_fact environment[2], fact[1];
    el_store_device device[2];
    el_store_request request[N_REQUEST];
    el_reading sample[2][N_SAMPLE];
} sample_run;

/* --- where ---------------------------------------------------------------- */

static char sample_dir[64];

static inline int sample_setup(void **state)
{
    const char *server = getenv("EL_TEST_STORE");
    static char path[80];

    /* in memory where there is such a folder: thousands of commits */
    (void)snprintf(sample_dir, sizeof sample_dir, "%s/el_store.XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(sample_dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/a.db", sample_dir);
    *state = (void *)(uintptr_t)(server ? server : path);
    return 0;
}

static inline void sample_remove(const char *path)
{
    static const char *const tail[] = {"", "-wal", "-shm", "-journal"};
    char name[128];

    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, tail[i]);
        (void)unlink(name);
    }
}

static inline int sample_teardown(void **state)
{
    if (!getenv("EL_TEST_STORE"))
        sample_remove(*state);
    return rmdir(sample_dir);
}

static inline const char *sample_where(void **state)
{
    return *state;
}

static inline el_store *open_again(void **state, el_store_use use)
{
    el_store *store = NULL;
    el_error err = {0};

    if (el_store_open(sample_where(state), use, &store, &err) != EL_OK)
        fail_msg("%s", err.message);
    return store;
}

/* Empty, whatever was there. */
static inline el_store *open_fresh(void **state, el_store_use use)
{
    void *server = NULL;

    if (!getenv("EL_TEST_STORE")) {
        sample_remove(sample_where(state));
        return open_again(state, use);
    }
    assert_int_equal(el_sql_postgres.open(sample_where(state), "server",
                                          EL_STORE_WRITE, &server, NULL),
                     EL_OK);
    assert_int_equal(
        el_sql_postgres.run(server, "DROP SCHEMA IF EXISTS energylens CASCADE",
                            NULL),
        EL_OK);
    el_sql_postgres.close(server);
    return open_again(state, use);
}

/* --- what ----------------------------------------------------------------- */

static inline double *sample_number(el_store_run *run, const char *column)
{
    for (size_t i = 0; i < el_n_store_columns; i++)
        if (strcmp(el_store_columns[i].name, column) == 0)
            return (double *)(void *)((char *)run + el_store_columns[i].offset);
    return NULL;
}

static inline void sample_fill(sample_run *s)
{
    for (size_t i = 0; i < N_REQUEST; i++) {
        el_store_request *r = &s->request[i];

        r->start_s = 100 + 0.1 * (double)i;
        r->ttft_s = 0.1 / 3;
        r->itl_s = i == 2 ? EL_UNKNOWN : 0.02;
        r->itl_max_s = EL_UNKNOWN;
        r->latency_s = 1.5;
        r->input_tokens = 128;
        r->output_tokens = i == 2 ? 0 : 64;
        r->n_retry = 0;
        r->error = i == 2 ? "HTTP 500: \"a\tb\nc\\d\"" : NULL;
    }
    for (size_t d = 0; d < 2; d++)
        for (size_t i = 0; i < N_SAMPLE; i++) {
            el_reading *v = &s->sample[d][i];

            memset(v, 0, sizeof *v);
            v->time_s = 99.5 + 0.02 * (double)i;
            v->have = EL_HAVE_POWER | (d == 0 ? EL_HAVE_ENERGY : 0) |
                      (i == 4 ? EL_HAVE_THROTTLE | EL_HAVE_TEMP : 0);
            v->power_w = 300 + (double)(d + i) / 7;
            v->energy_j = 1e9 + 6 * (double)i;
            v->temp_c = 61;
            v->throttle = EL_THROTTLE_POWER;
        }
}

/* Other seed, other configuration and numbers. */
static inline void sample_run_make(sample_run *s, unsigned seed)
{
    el_store_run *r = &s->run;

    el_store_run_init(r);
    r->configuration.model = "meta-llama/Llama-3.1-8B";
    r->configuration.gpu = "NVIDIA H100 80GB HBM3";
    r->configuration.precision = "bf16";
    r->configuration.engine = "vLLM \xc2\xb5";
    r->configuration.tp = 2;
    r->configuration.batch_size = 64 * seed;
    r->configuration.input_tokens = 128;
    r->configuration.output_tokens = 64;
    r->repeat = 1;
    r->started_utc_s = 1.7e9 + 0.25;
    r->start_s = 100;
    r->requests = 512;
    r->energy_j = 1234.5 / 3 * seed;
    r->prefill_energy_j = 0.1;
    r->latency_s = 12.3;
    r->avg_power_w = 612;
    r->throughput_tok_s = 2e3;
    r->duration_s = 20;
    r->quality_flag = "throttled_power;short_window";
    r->meter = "nvml";
    s->environment[0] = (el_store_fact){"driver", "535.104\t\\N"};
    s->environment[1] = (el_store_fact){"gpu.0.power_limit_w", "700"};
    s->fact[0] = (el_store_fact){"phases", "differencing"};
    s->device[0] = (el_store_device){"GPU-0", "H100", 600, 70};
    s->device[1] = (el_store_device){"GPU-1", NULL, EL_UNKNOWN, EL_UNKNOWN};
    r->environment = s->environment;
    r->n_environment = 2;
    r->fact = s->fact;
    r->n_fact = 1;
    r->device = s->device;
    r->n_device = 2;
    sample_fill(s);
}

static inline el_status sample_run_try(el_store *store, const sample_run *s,
                                       bool *is_new, el_error *err)
{
    int64_t id = 0;
    el_status st = el_store_campaign_add(store, &sample_campaign, &id, err);

    if (st == EL_OK)
        st = el_store_begin(store, id, &s->run, is_new, err);
    if (st != EL_OK || !*is_new)
        return st;
    /* in pieces, as they come */
    st = el_store_add_requests(store, s->request, 2, err);
    if (st == EL_OK)
        st = el_store_add_requests(store, s->request + 2, N_REQUEST - 2, err);
    for (size_t d = 0; d < 2 && st == EL_OK; d++)
        st = el_store_add_samples(store, d, s->sample[d], 3, err);
    for (size_t d = 0; d < 2 && st == EL_OK; d++)
        st =
            el_store_add_samples(store, d, s->sample[d] + 3, N_SAMPLE - 3, err);
    return st == EL_OK ? el_store_commit(store, err) : st;
}

static inline void sample_run_write(el_store *store, const sample_run *s,
                                    bool want_new)
{
    bool is_new = false;
    el_error err = {0};

    if (sample_run_try(store, s, &is_new, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(is_new, want_new);
}

/* --- what is there -------------------------------------------------------- */

typedef struct sample_seen {
    const sample_run *want;
    el_store_campaign_seen campaign;
    size_t n;
} sample_seen;

static inline el_status
sample_see_campaign(void *ctx, const el_store_campaign_seen *c, el_error *err)
{
    sample_seen *seen = ctx;

    (void)err;
    seen->campaign = *c;
    seen->n++;
    return EL_OK;
}

/* How many there are; *out (its texts are gone) is the last. */
static inline size_t only_campaign(el_store *store, el_store_campaign_seen *out)
{
    sample_seen seen = {.n = 0};
    el_error err;

    assert_int_equal(
        el_store_each_campaign(store, sample_see_campaign, &seen, &err), EL_OK);
    *out = seen.campaign;
    return seen.n;
}

static inline el_status sample_see_request(void *ctx, int64_t run, size_t seq,
                                           const el_store_request *r,
                                           el_error *err)
{
    sample_seen *seen = ctx;
    const el_store_request *want = &seen->want->request[seen->n++];

    (void)err;
    assert_int_equal(run, 1);
    assert_int_equal(seq, seen->n - 1);
    assert_close(r->start_s, want->start_s - 100, 0, 0);
    assert_close(r->ttft_s, want->ttft_s, 0, 0);
    assert_true(el_known_equal(r->itl_s, want->itl_s));
    assert_true(el_known_equal(r->itl_max_s, want->itl_max_s));
    assert_close(r->output_tokens, want->output_tokens, 0, 0);
    if (want->error)
        assert_string_equal(r->error, want->error);
    else
        assert_null(r->error);
    return EL_OK;
}

static inline void assert_requests(el_store *store, const sample_run *s)
{
    const el_store_filter filter = {.run = 1};
    sample_seen seen = {.want = s};

    assert_int_equal(el_store_each_request(store, &filter, NULL,
                                           sample_see_request, &seen, NULL),
                     EL_OK);
    assert_int_equal(seen.n, N_REQUEST);
}

static inline el_status
sample_see_sample(void *ctx, const el_store_sample_seen *v, el_error *err)
{
    sample_seen *seen = ctx;
    const size_t d = seen->n / N_SAMPLE;
    const el_reading *want = &seen->want->sample[d][seen->n++ % N_SAMPLE];

    (void)err;
    assert_int_equal(v->device, d);
    assert_string_equal(v->uuid, d ? "GPU-1" : "GPU-0");
    assert_int_equal(v->sample.have, want->have);
    assert_close(v->sample.time_s, want->time_s - 100, 0, 0);
    assert_close(v->sample.power_w, want->power_w, 0, 0);
    if (want->have & EL_HAVE_ENERGY)
        assert_close(v->sample.energy_j, want->energy_j, 0, 0);
    if (want->have & EL_HAVE_THROTTLE)
        assert_int_equal(v->sample.throttle, want->throttle);
    return EL_OK;
}

static inline void assert_samples(el_store *store, const sample_run *s)
{
    const el_store_filter filter = {.campaign = "first", .complete = true};
    sample_seen seen = {.want = s};

    assert_int_equal(el_store_each_sample(store, &filter, NULL,
                                          sample_see_sample, &seen, NULL),
                     EL_OK);
    assert_int_equal(seen.n, 2 * N_SAMPLE);
}

#endif
