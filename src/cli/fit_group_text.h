/* SPDX-License-Identifier: Apache-2.0 */
/* One group's fit in full. Layer: cli. */
#ifndef EL_CLI_FIT_GROUP_TEXT_H
#define EL_CLI_FIT_GROUP_TEXT_H
#include "cli/fit_text.h"

/* Rows, range, form, errors, what they identify, parameters, formula. */
EL_NODISCARD el_status el_fit_group_text(const el_fit_result *r, size_t i,
                                         el_fit_style style, el_buf *out,
                                         el_error *err);

/* What became of the rows, and what is odd about those that stayed. */
void el_cleaning_print(const el_cleaning *cleaning, double min_latency_s,
                       el_buf *out);

#endif
