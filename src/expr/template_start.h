/* SPDX-License-Identifier: Apache-2.0 */
/* The first laws of a given shape. Layer: expr. */
#ifndef EL_EXPR_TEMPLATE_START_H
#define EL_EXPR_TEMPLATE_START_H
#include "energylens/discover.h"
#include "expr/gen.h"

/*
 * Offer laws of options->shape to the sink until it says stop or the task is
 * cancelled. EL_E_ARG, EL_E_NOMEM
 */
EL_NODISCARD el_status el_template_start(const el_columns *x, const double *y,
                                         const el_discover_options *options,
                                         unsigned max_complexity,
                                         const el_task *task,
                                         const el_gen_sink *sink,
                                         el_error *err);

#endif
