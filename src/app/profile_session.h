/* SPDX-License-Identifier: Apache-2.0 */
/* What stays open over the runs of a session; part of profile.c. Layer: app. */
#ifndef EL_APP_PROFILE_SESSION_H
#define EL_APP_PROFILE_SESSION_H
#include "app/profile.h"
#include "app/profile_record.h"

/* What the complete runs of a job measured: J, without a meter s, per output
 * token. */
typedef struct el_profile_values {
    double *v;
    size_t n, cap;
} el_profile_values;

typedef struct el_profile_session {
    const el_profile_args *args;
    const el_task *task;
    el_profiled *out;
    el_store *store;
    int64_t campaign;
    el_profile_values *value; /* of each job */
    /* meter */
    el_meter *meter; /* NULL: none */
    size_t *device;
    size_t n_device;
    double interval_s;
    bool is_node; /* CPUs: all of them work, whatever the plan's GPUs */
    /* engine */
    el_engine *engine; /* NULL: not ours, or down */
    el_load *load;     /* NULL: no engine */
    char url[1024];
    uint32_t foreign; /* EL_Q_FOREIGN: others were there before the engine */
    el_profile_facts machine, environment; /* the latter with the engine's */
    /* for who watches */
    el_profile_now now;
    double begin_s, end_s; /* of all jobs; the latter as expected, or NaN */
} el_profile_session;

/* Campaign of the store and the runs it has of each job, which may be all that
 * it needs; refuses to go on unasked. */
EL_NODISCARD el_status el_profile_open_store(el_profile_session *s,
                                             el_error *err);
/* The same store and campaign by a new connection. */
EL_NODISCARD el_status el_profile_reopen_store(el_profile_session *s,
                                               el_error *err);
EL_NODISCARD el_status el_profile_add_value(el_profile_values *values, double v,
                                            el_error *err);
EL_NODISCARD el_status el_profile_open_meter(el_profile_session *s,
                                             el_error *err);
/* The engine of `job`, ready to be asked. EL_E_DEVICE, EL_E_IO and EL_E_DATA
 * are its own failures. Its log is kept under args->logs. */
EL_NODISCARD el_status el_profile_start_engine(el_profile_session *s,
                                               const el_profile_job *job,
                                               el_error *err);
void el_profile_stop_engine(el_profile_session *s);
void el_profile_close(el_profile_session *s);

#endif
