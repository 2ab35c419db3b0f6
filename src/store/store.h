/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measured runs, kept for good: one interface over SQLite and PostgreSQL.
 * Layer: store.
 *
 * A store is a file (SQLite) or a "postgresql://..." database; it holds
 * campaigns, the configurations they ran, and for each run its numbers, its
 * requests, the readings of its meters and what it ran on. A run appears whole
 * or not at all: one transaction. Everything has a content key, so the same
 * run written twice (a merge, an import) is there once.
 *
 * Unknown is NaN or NULL here, NULL in the database, never 0. Texts are UTF-8.
 * A store is used by one thread at a time; any number of processes may open
 * the same one. No message tells the password of a "postgresql://" address.
 *
 * How a run is written, once it is over (the transaction locks a SQLite store
 * against other writers, so not before):
 *
 *     st = el_store_open("runs.db", EL_STORE_WRITE, &store, err);
 *     st = el_store_campaign_add(store, &campaign, &id, err);
 *     st = el_store_begin(store, id, &run, &is_new, err);
 *     st = el_store_add_requests(store, request, n, err);
 *     st = el_store_add_samples(store, device, trace.v, trace.n, err);
 *     st = el_store_commit(store, err);
 *     el_store_close(store);
 */
#ifndef EL_STORE_STORE_H
#define EL_STORE_STORE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/error.h"
#include "energylens/known.h"
#include "io/columns.h"
#include "meter/sample.h"
#include "store/table.h"

/* Versions of the schema. A newer minor only adds: it can still be read. */
#define EL_STORE_MAJOR 1
#define EL_STORE_MINOR 0

#define EL_STORE_KEY  33u    /* 32 hexadecimal digits of a content key */
#define EL_STORE_TEXT 65536u /* bytes of one text, more is refused */

/* Columns of the measurement table that tell one configuration from another
 * (X(name), the names of the table) ... */
#define EL_STORE_CONFIGURATION_LABELS(X)                                       \
    X(model)                                                                   \
    X(gpu)                                                                     \
    X(precision)                                                               \
    X(engine)                                                                  \
    X(workload)                                                                \
    X(arch)                                                                    \
    X(dataset)
#define EL_STORE_CONFIGURATION_NUMBERS(X)                                      \
    EL_COLUMN_DEGREES(X)                                                       \
    EL_COLUMN_LENGTHS(X)                                                       \
    X(vision_tokens)                                                           \
    EL_COLUMN_SIZES(X)
/* ... and those that a run measures. */
#define EL_STORE_RUN_NUMBERS(X)                                                \
    X(avg_batch)                                                               \
    EL_COLUMN_MEASURED(X)
#define EL_STORE_RUN_NOTES(X) EL_COLUMN_NOTES(X)
/* What a run tells beside the table: read by people and by --json. */
#define EL_STORE_RUN_EXTRAS(X)                                                 \
    X(energy_error_j) /* one sigma of the sampling */                          \
    X(idle_power_w)                                                            \
    X(duration_s) /* of the measured window */

typedef enum el_store_use {
    EL_STORE_READ, /* must be there; nothing of it is changed */
    EL_STORE_WRITE /* made where it is not there, migrated where it is older */
} el_store_use;

typedef struct el_store el_store;

/*
 * EL_E_IO not there or not readable; EL_E_DEVICE no PostgreSQL server or no
 * libpq; EL_E_DATA damaged, or a database that is no store of ours;
 * EL_E_VERSION newer than this program, or (EL_STORE_READ) older, naming both;
 * EL_E_NOMEM. A newer minor version can be opened with EL_STORE_READ alone.
 */
EL_NODISCARD el_status el_store_open(const char *where, el_store_use use,
                                     el_store **out, el_error *err);
void el_store_close(el_store *store); /* rolls back; NULL is fine */

/* `where` without its password, borrowed from store. */
const char *el_store_name(const el_store *store);

/* major * 1000 + minor, as it was found (0: there was none) and as it is. */
void el_store_versions(const el_store *store, int *found, int *now);

/* --- configurations and campaigns ----------------------------------------- */

typedef struct el_store_configuration {
#define X(name) const char *name;
    EL_STORE_CONFIGURATION_LABELS(X)
#undef X
#define X(name) double name;
    EL_STORE_CONFIGURATION_NUMBERS(X)
#undef X
} el_store_configuration;

void el_store_configuration_init(el_store_configuration *c); /* all unknown */

/*
 * The content key: FNV-1a (128 bit) of what is known, so that columns yet to
 * come leave it as it is. Degrees that are blank are 1, num_gpus pp dp max(tp,
 * ep), NULL is "". Against mistakes, not against forgery. Source: RFC 9923.
 */
void el_store_configuration_key(const el_store_configuration *c,
                                char key[EL_STORE_KEY]);

/* Same name and plan: the same campaign, in whatever store. */
typedef struct el_store_campaign {
    const char *name;     /* not empty */
    const char *plan;     /* tells two plans apart: el_file_hash(); or NULL */
    double n_planned;     /* configurations; NaN unknown */
    double created_utc_s; /* since 1970; NaN unknown; not part of its key */
} el_store_campaign;

/* Finds or makes it; *id is of this store only. EL_E_ARG, EL_E_IO, EL_E_DATA */
EL_NODISCARD el_status el_store_campaign_add(el_store *store,
                                             const el_store_campaign *campaign,
                                             int64_t *id, el_error *err);

/* --- one run -------------------------------------------------------------- */

typedef enum el_store_state {
    EL_RUN_COMPLETE, /* the only ones that are exported and fitted */
    EL_RUN_PARTIAL,  /* interrupted: what there was by then */
    EL_RUN_FAILED    /* no numbers; a fact "failure" says why */
} el_store_state;

const char *el_store_state_name(el_store_state state); /* "complete", ... */

typedef struct el_store_fact {
    const char *name, *value; /* "driver", "535.104"; never a secret */
} el_store_fact;

typedef struct el_store_device {
    const char *id, *name; /* UUID, product; NULL unknown */
    double energy_j;       /* its share of the run; NaN unknown */
    double idle_power_w;
} el_store_device;

typedef struct el_store_run {
    el_store_configuration configuration;
    el_store_state state;
    double repeat;        /* 1, 2, ... of this configuration; NaN unknown */
    double started_utc_s; /* since 1970; NaN unknown */
    double start_s;       /* CLOCK_MONOTONIC then: the times of requests and
                             samples are kept relative to it */
#define X(name) double name;
    EL_STORE_RUN_NUMBERS(X)
    EL_STORE_RUN_EXTRAS(X)
#undef X
#define X(name) const char *name;
    EL_STORE_RUN_NOTES(X)
#undef X
    const char *energylens; /* version that measured; NULL: this one */
    const char *meter;      /* "nvml", "replay", ...; NULL none */
    const el_store_fact *environment; /* of the machine: driver, engine
                                         version, clocks, power limits, host;
                                         runs with the same share it */
    size_t n_environment;
    const el_store_fact *fact; /* of this run: how phases were split, ... */
    size_t n_fact;
    const el_store_device *device;
    size_t n_device;
} el_store_run;

void el_store_run_init(el_store_run *run); /* all unknown, start_s 0 */

typedef struct el_store_request {
    double start_s;                  /* same clock as run.start_s */
    double ttft_s, itl_s, latency_s; /* itl_s: mean gap; NaN unknown */
    double itl_max_s;
    double input_tokens, output_tokens; /* as counted; NaN unknown */
    double n_retry;
    const char *error; /* NULL: it was answered */
} el_store_request;

/*
 * Opens the transaction and writes all but requests and samples.
 *
 * The run's content key covers campaign, configuration, environment, state,
 * repeat, start and all numbers and notes. If the store has a run of that key,
 * *is_new = false and there is nothing to add or commit.
 *
 * EL_E_ARG: in a transaction already, or the store is not open for writing.
 * EL_E_DATA: an infinite number, text that is no UTF-8 or too long. After any
 * failure here or below nothing of the run remains.
 */
EL_NODISCARD el_status el_store_begin(el_store *store, int64_t campaign,
                                      const el_store_run *run, bool *is_new,
                                      el_error *err);
/* In the order of their start; may be called again for more. */
EL_NODISCARD el_status el_store_add_requests(el_store *store,
                                             const el_store_request *v,
                                             size_t n, el_error *err);
/* Readings of run.device[device], in order of time; may be called again. */
EL_NODISCARD el_status el_store_add_samples(el_store *store, size_t device,
                                            const el_reading *v, size_t n,
                                            el_error *err);
/* On disk when it returns EL_OK. EL_E_IO: nothing of the run is. */
EL_NODISCARD el_status el_store_commit(el_store *store, el_error *err);
void el_store_rollback(el_store *store); /* without a transaction: nothing */

#endif
