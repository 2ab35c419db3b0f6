/* SPDX-License-Identifier: Apache-2.0 */
/* Options of every verb. Layer: cli. */
#ifndef EL_CLI_COMMON_H
#define EL_CLI_COMMON_H
#include <stdbool.h>
#include <stdint.h>

typedef struct el_common {
    bool json, quiet;
    const char *output, *catalog;
    uint64_t seed, threads;
    int color; /* el_color_mode */
} el_common;

#endif
