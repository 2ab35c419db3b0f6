/* SPDX-License-Identifier: Apache-2.0 */
/* The verb account: a log of requests through deployments. Layer: app. */
#ifndef EL_APP_ACCOUNT_H
#define EL_APP_ACCOUNT_H
#include "app/optimize.h"
#include "app/tariff.h"
#include "io/vllm_log.h"
#include "model/moves.h"
#include "model/traffic.h"

#define EL_ACCOUNT_MAX 24u /* deployments compared */
#define EL_ACCOUNT_BUSY                                                        \
    300.0 /* s: the load to hold is of the busiest such                        \
             window */

typedef struct el_account_ask {
    el_ask ask; /* lengths and rate of its query are taken from the log */
    const char *trace;          /* NULL where there are metrics */
    const char *const *metrics; /* pages of a vLLM server's /metrics */
    size_t n_metrics;
    double span_s; /* that the pages cover; NaN: they have time stamps */
    double speed;  /* arrivals so many times as fast; > 0 */
    el_tariff_ask tariff;
    double pue; /* in any scope; NaN: the query's, of facility */
    el_scaling by_load, by_queue; /* of EL_ACCOUNT_SLEEP, EL_ACCOUNT_QUEUE */
} el_account_ask;

/* Why a deployment is in the answer. */
typedef enum el_account_kind {
    EL_ACCOUNT_NOW,   /* what runs, or what is chosen */
    EL_ACCOUNT_SLEEP, /* the same, replicas asleep as the load allows */
    EL_ACCOUNT_QUEUE, /* the same, replicas that follow the queue */
    EL_ACCOUNT_FEWER, /* a replica less */
    EL_ACCOUNT_MORE,  /* a replica more */
    EL_ACCOUNT_DEGREE /* the best of another degree or setup */
} el_account_kind;

const char *el_account_kind_name(el_account_kind kind); /* "sleep", ... */

/* One deployment over the whole log. NaN: not known. */
typedef struct el_deployment {
    el_account_kind kind;
    size_t setup;
    el_config config;
    double gpus;
    el_traffic traffic;
    /* in the scope */
    double energy_j, energy_lo_j, energy_hi_j;
    double idle_j;     /* replicas with nothing in flight, or asleep */
    double spare_j;    /* idle GPUs of the nodes */
    double overhead_j; /* what the PUE adds */
    double carbon_g, cost;
    double peak_batch_seen; /* most that the fit saw in flight; NaN: no fit */
    bool keeps; /* both limits at the percentile, and nothing refused */
    /* Were all times at the upper end of their 90 % intervals; NaN: it does not
       keep the limits anyway, or the model tells no interval. */
    double slow_ttft_tail_s, slow_tpot_tail_s, slow_kept;
    bool keeps_surely; /* the limits even then */
    el_source source;
} el_deployment;

/* An hour of the log, of the first deployment. */
typedef struct el_account_hour {
    double hour; /* of the day, 0 .. 23; since the start without a clock */
    double energy_j, carbon_g_per_kwh;
} el_account_hour;

typedef struct el_account {
    el_ask_state state;
    el_lengths log;
    el_vllm_said said; /* n_page 0: the log is one */
    double isl, osl;   /* means */
    double rate_hz;    /* over the whole log */
    double busy_hz;    /* of the busiest window */
    double outside;    /* share of requests with lengths that the fit has not
                          seen; NaN: no fit */
    bool given;        /* the first deployment was named, not chosen */
    size_t n;
    el_deployment deployment[EL_ACCOUNT_MAX];
    size_t best;        /* least energy of those that keep; n: none does */
    char left_out[256]; /* a deployment that cannot be, and why; "" */
    size_t n_hour;
    el_account_hour *hour; /* owned */
    el_tariff tariff;
} el_account;

/*
 * Replay the log, or one made up from metrics by the task's seed, through
 * ask->ask.current, else through what optimize chooses for the busiest window,
 * and through what could run instead.
 *
 * EL_E_DATA: a log without times, a fit without times, nothing that fits;
 * those of el_ask_open, el_optimize and the readers. EL_E_CANCELLED.
 */
EL_NODISCARD el_status el_app_account(const el_account_ask *ask,
                                      const el_task *task, el_account *out,
                                      el_error *err);
void el_account_clear(el_account *account);

#endif
