/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of runs as people read it. Layer: cli. */
#ifndef EL_CLI_PLAN_TEXT_H
#define EL_CLI_PLAN_TEXT_H
#include "io/planned.h"

typedef struct el_plan_style {
    int width;
    bool color;
    bool runs; /* list them: they are not in a file */
} el_plan_style;

EL_NODISCARD el_status el_plan_text(const el_planned *planned,
                                    el_plan_style style, el_buf *out,
                                    el_error *err);

#endif
