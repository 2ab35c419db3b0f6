/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watts and joules as they go: of this machine by a meter, of a vLLM server by
 * the model and the server's own counters. Layer: app.
 *
 *   el_live_open(&ask, &task, &live, &err);   a thread each
 *   el_live_read(live, &now);                 any thread, any time
 *   el_live_close(live);
 */
#ifndef EL_APP_LIVE_H
#define EL_APP_LIVE_H
#include "app/optimize.h"
#include "meter/meter.h"

#define EL_LIVE_MAX_DEVICES 64u

typedef struct el_live_ask {
    const char *meter; /* as el_meter_open; NULL: none */
    const char *url;   /* a server or its /metrics; NULL: none */
    double every_s;    /* between looks at the server */
    el_ask ask;        /* of what the server runs: one setup; `current` says the
                          configuration; where it does not: as many replicas as
                          the page has engines, batch 256 */
} el_live_ask;

/* One device of the meter. NaN: not known. */
typedef struct el_live_device {
    size_t index;
    el_meter_device about;
    double power_w;   /* now */
    double energy_j;  /* since the start */
    double counter_j; /* the device's own counter */
    size_t n_failed;  /* readings */
} el_live_device;

/* The watched server. Sums are since the start, rates of the last interval. */
typedef struct el_live_server {
    char model[128], gpu[128]; /* as the model knows them */
    el_config config;
    el_source source;
    bool up;                 /* the last look succeeded */
    size_t n_look, n_failed; /* looks */
    char why[256];           /* the last failure; "" none */
    double prefill_j, decode_j, idle_j;
    double prompt_tokens, output_tokens;
    double power_w, power_lo_w, power_hi_w; /* 90 % interval */
    double j_per_output_token; /* busy and idle joules; NaN: none made */
    double in_flight;          /* a replica, while it works */
    double busy;               /* modelled seconds of work, of the time; above
                                  1: the server is faster than the model */
    double running, waiting;
} el_live_server;

typedef struct el_live_now {
    const char *meter; /* name of its kind; NULL: none */
    size_t n_device;
    el_live_device device[EL_LIVE_MAX_DEVICES];
    bool has_server;
    el_live_server server;
} el_live_now;

typedef struct el_live el_live;

/*
 * A server that is not there is looked for again each every_s. EL_E_ARG: no
 * such meter, a server without a model or with several setups; EL_E_DEVICE: no
 * meter, no libcurl; EL_E_DATA: a fit without times, a model that does not fit;
 * those of el_ask_open; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_live_open(const el_live_ask *ask, const el_task *task,
                                    el_live **out, el_error *err);
void el_live_read(el_live *live, el_live_now *out);
void el_live_close(el_live *live); /* NULL is fine */

#endif
