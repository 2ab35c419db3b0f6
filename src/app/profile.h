/* SPDX-License-Identifier: Apache-2.0 */
/* A plan carried out: engines, load, meters, store. Layer: app. */
#ifndef EL_APP_PROFILE_H
#define EL_APP_PROFILE_H
#include <jansson.h>

#include "app/profile_plan.h"
#include "profile/repeats.h"
#include "profile/trial.h"

/* How prefill and decode are told apart. */
typedef enum el_profile_split {
    EL_SPLIT_BOTH,       /* the column by difference, both kept */
    EL_SPLIT_DIFFERENCE, /* a load of one output token beside the planned one */
    EL_SPLIT_PHASES,     /* by the phase of the requests in flight */
    EL_SPLIT_NONE
} el_profile_split;

typedef enum el_profile_stage {
    EL_PROFILE_ENGINE, /* it starts */
    EL_PROFILE_IDLE,
    EL_PROFILE_WARM_UP,
    EL_PROFILE_MEASURE,
    EL_PROFILE_PREFILL /* the load of one output token */
} el_profile_stage;

/* For who watches. */
typedef struct el_profile_now {
    const el_profile_job *job;
    size_t n_done, n_job;  /* configurations of this session */
    size_t repeat, n_most; /* under way, from 1 */
    el_profile_stage stage;
    double power_w, token_hz; /* now; NaN unknown */
    el_repeats so_far;
    double left_s; /* at the pace so far; NaN unknown */
} el_profile_now;

typedef struct el_profile_args {
    el_profile_plan_args plan;
    const char *store;    /* file or postgresql:// */
    const char *campaign; /* NULL: the plan's file name without its end */
    bool resume;
    const char *logs; /* folder of the engines' logs; NULL: none are kept */
    double start_timeout_s, stop_s;
    el_load_target target; /* all but url and model, which the engine gives */
    const char *served; /* the model's name in requests; NULL: the only one */
    const char *meter;  /* "none": times only */
    const char *const *gpu;
    size_t n_gpu;
    double interval_s, idle_s, window_s, max_s;
    bool allow_short;
    el_repeats_rule rule;
    el_profile_split split;
    void (*show)(const el_profile_now *now, void *ctx); /* may be NULL */
    void *show_ctx;
} el_profile_args;

typedef enum el_profile_state {
    EL_JOB_PENDING, /* not come to */
    EL_JOB_BEFORE,  /* done in an earlier session */
    EL_JOB_DONE,
    EL_JOB_FAILED
} el_profile_state;

typedef struct el_profile_answer {
    el_profile_state state;
    size_t n_run;      /* complete ones that the store has */
    size_t n_new;      /* of this session */
    el_repeats energy; /* J (without a meter: s) per output token */
    double token_hz, power_w, ttft_s, prefill_share; /* last run; NaN */
    char flags[256];                                 /* of all new runs */
    char failure[384];                               /* "" none */
} el_profile_answer;

typedef struct el_profiled {
    el_profile_plan plan;
    el_profile_answer *answer; /* of each job */
    char campaign[128];
    char store[EL_STORE_NAME]; /* where the runs are, without a password */
    bool by_energy;            /* there is a meter */
    bool interrupted;          /* the rest is pending */
    size_t n_failed;
} el_profiled;

/*
 * Carries out what the store does not have yet, and writes each run to it as
 * soon as it is over: whatever ends the program, at most the run under way is
 * lost. What fails for one configuration is kept as a failed run, and the next
 * one is tried; resume tries it again.
 *
 * EL_E_ARG (no way to an engine; several engines and one URL; the store has
 * runs of this campaign and resume is not set; a window under
 * EL_METER_SHORT_S without allow_short), EL_E_DATA, EL_E_IO, EL_E_DEVICE (no
 * meter, too few GPUs), EL_E_VERSION, EL_E_NOMEM. When the task is cancelled:
 * EL_OK and out->interrupted.
 */
EL_NODISCARD el_status el_app_profile(const el_profile_args *args,
                                      const el_task *task, el_profiled *out,
                                      el_error *err);
void el_profiled_clear(el_profiled *profiled);

/* Every command and request that would be made, as text. EL_E_ARG, ... */
EL_NODISCARD el_status el_app_profile_dry_run(const el_profile_args *args,
                                              const el_task *task, el_buf *out,
                                              el_error *err);

/* New reference, NULL out of memory. */
json_t *el_profiled_json(const el_profiled *profiled);
const char *el_profile_state_name(el_profile_state state);

#endif
