/* SPDX-License-Identifier: Apache-2.0 */
/* A task that keeps count of warnings and the last of them. */
#ifndef EL_WARNED_H
#define EL_WARNED_H
#include <stdio.h>

#include "energylens/task.h"

static size_t n_warnings;
static char last_warning[512];

static inline void keep_warning(const char *line, void *ctx)
{
    (void)ctx;
    n_warnings++;
    (void)snprintf(last_warning, sizeof last_warning, "%s", line);
}

static const el_task task = {.warn = keep_warning};

#endif
