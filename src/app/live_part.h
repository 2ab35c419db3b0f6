/* SPDX-License-Identifier: Apache-2.0 */
/* The two things that live.c looks at. Layer: app. */
#ifndef EL_APP_LIVE_PART_H
#define EL_APP_LIVE_PART_H
#include "app/live.h"

/* ---- live_meter.c: a meter's devices, joules summed up ---- */

typedef struct el_live_meter el_live_meter;

/* At most EL_LIVE_MAX_DEVICES, each read once. */
EL_NODISCARD el_status el_live_meter_open(const char *spec, el_live_meter **out,
                                          el_error *err);
double el_live_meter_interval_s(const el_live_meter *meter);
/* Reads all devices. */
void el_live_meter_look(el_live_meter *meter);
void el_live_meter_copy(const el_live_meter *meter, el_live_now *out);
void el_live_meter_close(el_live_meter *meter);

/* ---- live_server.c: a server's counters, turned to joules ---- */

typedef struct el_live_page el_live_page;

EL_NODISCARD el_status el_live_page_open(const el_live_ask *ask,
                                         el_live_page **out, el_error *err);
/* Fetches /metrics, which nothing else looks at; may take seconds. */
void el_live_page_fetch(el_live_page *page);
/* Accounts what was fetched at now_s (CLOCK_MONOTONIC), or that nothing was. */
void el_live_page_take(el_live_page *page, double now_s);
void el_live_page_copy(const el_live_page *page, el_live_now *out);
void el_live_page_close(el_live_page *page);

#endif
