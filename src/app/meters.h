/* SPDX-License-Identifier: Apache-2.0 */
/* Which meters this machine has, and what each can do. Layer: app. */
#ifndef EL_APP_METERS_H
#define EL_APP_METERS_H
#include <jansson.h>

#include "meter/meter.h"

#define EL_METERS_WHY 256

typedef struct el_meters_device {
    size_t index;
    bool usable;
    char why[EL_METERS_WHY]; /* where it is not */
    el_meter_device about;
    size_t n_users; /* processes on it now; 0 also where it cannot tell */
} el_meters_device;

typedef struct el_meters_kind {
    const char *name, *what;
    bool usable;
    char why[EL_METERS_WHY];
    size_t n;
    el_meters_device *device;
} el_meters_kind;

typedef struct el_meters {
    size_t n;
    el_meters_kind kind[8];
} el_meters;

/* Opens each meter that needs no argument for a moment. EL_E_NOMEM. */
EL_NODISCARD el_status el_app_meters(el_meters *out, el_error *err);
void el_meters_clear(el_meters *list);

/* New reference, NULL out of memory: {nvml: {usable, why, devices[]}, ...} */
json_t *el_meters_json(const el_meters *list);

#endif
