/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine and this build offer. Layer: app. */
#ifndef EL_APP_DOCTOR_H
#define EL_APP_DOCTOR_H
#include <stdbool.h>
#include <stddef.h>

#define EL_DOCTOR_TEXT 128

/* One library; `detail` is its version, or why it is not there. */
typedef struct el_doctor_item {
    const char *name;
    const char *needed_for;
    bool found;
    char detail[EL_DOCTOR_TEXT];
} el_doctor_item;

#define EL_DOCTOR_ITEMS 3

typedef struct el_doctor {
    const char *version;
    const char *compiler;
    const char *build;   /* sanitizers and checks compiled in, or "plain" */
    long n_cores;        /* online; 0 unknown */
    double memory_bytes; /* physical; NaN unknown */
    el_doctor_item item[EL_DOCTOR_ITEMS];
} el_doctor;

/* Loads libraries for a moment; never fails, touches no file. */
void el_app_doctor(el_doctor *out);

#endif
