/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a store holds, row by row in constant memory. Layer: store.
 *
 * A callback sees texts that live until it returns, must not use the store
 * itself, and may end the reading by any status but EL_OK, which is then the
 * reader's. EL_E_DATA: damaged; EL_E_IO, EL_E_DEVICE, EL_E_NOMEM,
 * EL_E_CANCELLED by the task, which may be NULL.
 */
#ifndef EL_STORE_READ_H
#define EL_STORE_READ_H
#include "base/str.h"
#include "base/task.h"
#include "store/store.h"

/* Runs by how they ended. */
typedef struct el_store_done {
    size_t n_complete, n_partial, n_failed;
} el_store_done;

typedef struct el_store_campaign_seen {
    int64_t id;
    const char *key;
    el_store_campaign campaign;
    const char *energylens; /* version that began it */
    el_store_done runs;
    size_t n_configuration; /* with a complete run */
    size_t n_request, n_sample;
    double first_utc_s, last_utc_s; /* start of runs; NaN unknown */
} el_store_campaign_seen;

typedef el_status (*el_store_campaign_fn)(void *ctx,
                                          const el_store_campaign_seen *c,
                                          el_error *err);
/* In the order of their making. */
EL_NODISCARD el_status el_store_each_campaign(el_store *store,
                                              el_store_campaign_fn fn,
                                              void *ctx, el_error *err);

/* Which runs; {0} is all. */
typedef struct el_store_filter {
    const char *campaign; /* its name; NULL: all */
    int64_t run;          /* its id; 0: all */
    bool complete;        /* those alone */
} el_store_filter;

typedef struct el_store_run_seen {
    int64_t id, campaign_id;
    const char *key, *campaign;
    el_store_run run; /* without facts and devices; start_s 0 */
    size_t n_request, n_sample;
    int64_t content; /* sum over all but its row */
} el_store_run_seen;

typedef el_status (*el_store_run_fn)(void *ctx, const el_store_run_seen *run,
                                     el_error *err);
/* In the order of their writing. */
EL_NODISCARD el_status el_store_each_run(el_store *store,
                                         const el_store_filter *filter,
                                         const el_task *task,
                                         el_store_run_fn fn, void *ctx,
                                         el_error *err);

/* One run with all but its requests and samples; strings are its own. */
typedef struct el_store_loaded {
    el_store_run_seen seen;
    el_store_fact *environment, *fact;
    el_store_device *device;
    el_strings strings;
} el_store_loaded;

/* EL_E_ARG: no such run. *out is written on EL_OK; el_store_loaded_clear. */
EL_NODISCARD el_status el_store_load(el_store *store, int64_t run,
                                     el_store_loaded *out, el_error *err);
void el_store_loaded_clear(el_store_loaded *loaded);

typedef el_status (*el_store_request_fn)(void *ctx, int64_t run, size_t seq,
                                         const el_store_request *r,
                                         el_error *err);
/* Requests of the runs that the filter takes; times from the run's start. */
EL_NODISCARD el_status el_store_each_request(el_store *store,
                                             const el_store_filter *filter,
                                             const el_task *task,
                                             el_store_request_fn fn, void *ctx,
                                             el_error *err);

typedef struct el_store_sample_seen {
    int64_t run;
    size_t device;
    const char *uuid, *name; /* of the device; NULL unknown */
    el_reading sample;       /* time_s from the run's start */
} el_store_sample_seen;

typedef el_status (*el_store_sample_fn)(void *ctx,
                                        const el_store_sample_seen *s,
                                        el_error *err);
/* Samples of the runs that the filter takes, device after device. */
EL_NODISCARD el_status el_store_each_sample(el_store *store,
                                            const el_store_filter *filter,
                                            const el_task *task,
                                            el_store_sample_fn fn, void *ctx,
                                            el_error *err);

#endif
