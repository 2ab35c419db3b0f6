/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that no law of the others explains. Layer: expr. */
#ifndef EL_EXPR_OUTLIER_H
#define EL_EXPR_OUTLIER_H
#include "energylens/discover.h"

/* el_discover() with options->outlier_sd > 0: the generators' law of all rows
   says which are left out, then everything runs on the rest. */
EL_NODISCARD el_status
el_discover_without_outliers(const el_columns *columns, const double *y,
                             const el_discover_options *options,
                             const el_task *task, el_front *out, el_error *err);

#endif
