/* SPDX-License-Identifier: Apache-2.0 */
/* The report of `energylens fit`. Layer: cli. */
#ifndef EL_CLI_FIT_TEXT_H
#define EL_CLI_FIT_TEXT_H
#include "app/fit.h"
#include "cli/cli.h"

/* How the report is laid out. */
typedef struct el_fit_style {
    int width;
    bool color;
    bool details; /* every group in full, not one line each */
} el_fit_style;

/* What happened to the rows, one line a group, then details. */
EL_NODISCARD el_status el_fit_text(const el_fit_result *result,
                                   el_fit_style style, el_buf *out,
                                   el_error *err);

#endif
