/* SPDX-License-Identifier: Apache-2.0 */
/* What profile does now, as one line of a terminal. Layer: cli. */
#ifndef EL_CLI_PROFILE_VIEW_H
#define EL_CLI_PROFILE_VIEW_H
#include <stdio.h>

#include "app/profile.h"

typedef struct el_profile_view {
    FILE *stream; /* NULL: silent */
    int width;    /* 0: no terminal: a line for each configuration that ended */
    bool by_energy;
    bool shown;
    double last_s;
    size_t n_done;
} el_profile_view;

void el_profile_view_show(const el_profile_now *now, void *view);
void el_profile_view_clear(el_profile_view *view); /* wipes the line */

#endif
