/* SPDX-License-Identifier: Apache-2.0 */
/* The energy of a command: idle, run it, idle. Layer: app. */
#ifndef EL_APP_METER_H
#define EL_APP_METER_H
#include <jansson.h>

#include "app/command.h"
#include "base/str.h"
#include "base/task.h"
#include "meter/energy.h"
#include "meter/sampler.h"

typedef struct el_meter_query {
    const char *meter;      /* as el_meter_open() takes it */
    const char *const *gpu; /* as el_meter_pick() takes them */
    size_t n_gpu;
    double interval_s;
    double idle_s; /* before and after; 0: no idle power */
    bool allow_short;
    bool keep_stdout;        /* else the command's goes to standard error */
    const char *const *argv; /* NULL-terminated */
    const char *samples;     /* file for all readings, or NULL */
    el_signal_fn pass;       /* signals for the command; may be NULL */
    void *pass_ctx;
} el_meter_query;

typedef struct el_metered_device {
    size_t index; /* in the meter */
    el_meter_device about;
    el_energy energy; /* source EL_BY_NONE: nothing is known */
    double idle_before_w, idle_after_w; /* NaN: not measured */
    double above_idle_j; /* energy less idle_before_w all the while; NaN */
    bool lost;           /* gone before the command ended */
    char why[256];       /* last error of a reading; "" none */
    size_t n_failed;     /* readings */
} el_metered_device;

typedef struct el_metered {
    const char *meter; /* name of the back end */
    double interval_s;
    double time_s; /* how long the command ran */
    int exit_code; /* of the command, 128 + n for a signal */
    bool partial;  /* some energy is missing */
    size_t n;
    el_metered_device *device;
    double energy_j, error_j, above_idle_j; /* all devices; NaN unknown */
    el_sampler_cost cost;
} el_metered;

/*
 * Runs the command and measures it. out->exit_code is set once the command
 * ended, also on failure; all else is written on EL_OK, cleared by the pair.
 * EL_E_ARG, EL_E_DEVICE (no meter; no device told anything), EL_E_DATA (under
 * EL_METER_SHORT_S without allow_short), EL_E_IO (cannot run), EL_E_NOMEM,
 * EL_E_CANCELLED before the command began.
 */
EL_NODISCARD el_status el_app_meter(const el_meter_query *query,
                                    const el_task *task, el_metered *out,
                                    el_error *err);
void el_metered_clear(el_metered *m);

/* New reference, NULL out of memory. argv as in the query. */
json_t *el_metered_json(const el_metered *m, const char *const *argv);
/* A row for each device. */
void el_metered_csv(const el_metered *m, el_buf *out);

#endif
