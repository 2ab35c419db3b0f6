/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One measurement of one load: idle, warm-up, a steady window of whole rounds
 * of requests, idle. Layer: profile.
 */
#ifndef EL_PROFILE_TRIAL_H
#define EL_PROFILE_TRIAL_H
#include "load/load.h"
#include "meter/energy.h"
#include "meter/sampler.h"
#include "profile/engine.h"
#include "profile/phases.h"
#include "profile/steady.h"

/* What speaks against a trial beside EL_Q_*: bit, tag in quality_flag. */
#define EL_TRIAL_TAG_LIST(X)                                                   \
    X(EL_TRIAL_NOT_STEADY, 0, "not_steady")                                    \
    X(EL_TRIAL_UNTESTED, 1, "steady_untested")                                 \
    X(EL_TRIAL_FAILURES, 2, "failed_requests")                                 \
    X(EL_TRIAL_PROMPT_OFF, 3, "prompt_count_off")                              \
    X(EL_TRIAL_CACHED, 4, "prefix_cache")                                      \
    X(EL_TRIAL_UNCOUNTED, 5, "uncounted_tokens")                               \
    X(EL_TRIAL_CLOCK_STEP, 6, "clock_step")                                    \
    X(EL_TRIAL_NOT_LOADED, 7, "gpu_not_loaded")                                \
    X(EL_TRIAL_SLOW_CLIENT, 8, "slow_client")

enum {
#define X(name, bit, text) name = 1 << (bit),
    EL_TRIAL_TAG_LIST(X)
#undef X
};

const char *el_trial_tag(unsigned bit); /* NULL past the last */

#define EL_TRIAL_LAG_S   0.02 /* the client was late by this: slow_client */
#define EL_TRIAL_CLOCK_S 0.05 /* the wall clock was set by more than this */
#define EL_TRIAL_LENGTH  0.01 /* mean answer off by more: not the load asked */
#define EL_TRIAL_TICK_S  0.25 /* bins of the search for a steady state */

typedef enum el_trial_stage {
    EL_TRIAL_IDLE_BEFORE,
    EL_TRIAL_WARM_UP,
    EL_TRIAL_MEASURE,
    EL_TRIAL_IDLE_AFTER
} el_trial_stage;

/* For who watches, a few times a second. */
typedef struct el_trial_now {
    el_trial_stage stage;
    double power_w;  /* of all devices, now; NaN unknown */
    double token_hz; /* answered since the last look; NaN before the load */
    size_t n_in_flight, n_ok;
} el_trial_now;

typedef struct el_trial_ask {
    el_load *load;
    el_load_shape shape;
    size_t in_flight; /* at all times */
    uint64_t seed;
    el_meter *meter; /* NULL: times only */
    const size_t *device;
    size_t n_device;
    size_t n_used;     /* device[0 .. n_used-1] do the work */
    double interval_s; /* between readings */
    double idle_s;     /* before and after; 0: none */
    double window_s;   /* at least; below EL_METER_SHORT_S the only warm-up is
                          one round, and the trial is tagged */
    double max_s;      /* of load */
    el_engine *engine; /* NULL: not ours */
    void (*show)(const el_trial_now *now, void *ctx); /* may be NULL */
    void *ctx;
} el_trial_ask;

typedef struct el_trial_request {
    el_flight flight;                        /* tokens as asked for */
    double prompt_tokens, completion_tokens; /* as counted; NaN */
    double ttft_s, itl_s, gap_max_s;         /* NaN */
    unsigned n_retry;
    el_load_outcome outcome;
    bool answered; /* its tokens were made, all of them or not */
} el_trial_request;

typedef struct el_trial_device {
    size_t index; /* in the meter */
    el_meter_device about;
    el_energy energy; /* of the window; source EL_BY_NONE: unknown */
    double idle_before_w, idle_after_w; /* NaN: not measured */
    el_trace trace;                     /* all readings, idle too; owned */
} el_trial_device;

typedef struct el_trial {
    double begin_s;            /* before the idle before; CLOCK_MONOTONIC */
    double begin_utc_s;        /* the same, since 1970 */
    double load_s;             /* when the load began */
    double start_s, end_s;     /* the window */
    size_t n_round, n_request; /* in it; the former may be one */
    el_steady rate, power;    /* of bins of EL_TRIAL_TICK_S; power's mean is NaN
                                 without a meter */
    double energy_j, error_j; /* devices that do the work; NaN unknown */
    double all_energy_j;      /* all of them */
    double idle_w, power_w;   /* of those that do the work */
    double output_tokens;     /* made by the n_request */
    double prompt_tokens;     /* mean of a request, as counted; NaN */
    double latency_s, ttft_s, itl_s; /* means; NaN unknown */
    double in_flight;                /* mean */
    double token_hz;                 /* output tokens a second */
    el_phases phases;
    bool has_phases;
    char no_phases[96]; /* why not */
    uint32_t quality;   /* EL_Q_* of all devices */
    uint32_t tags;      /* EL_TRIAL_* */
    el_load_total total;
    el_trial_device *device; /* n_device, as asked */
    size_t n_device;
    el_trial_request *request; /* in the order of their end */
    size_t n_all;
} el_trial;

/*
 * EL_E_DEVICE: the engine ended, or too many requests failed. EL_E_DATA: no
 * round of requests ended in max_s; answers have other lengths than asked for;
 * no energy though there is a meter. EL_E_CANCELLED, EL_E_NOMEM. *out is
 * written on EL_OK only.
 */
EL_NODISCARD el_status el_trial_run(const el_trial_ask *ask,
                                    const el_task *task, el_trial *out,
                                    el_error *err);
void el_trial_clear(el_trial *trial);

#endif
