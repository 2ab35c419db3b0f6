/* SPDX-License-Identifier: Apache-2.0 */
/* The report of `calibrate comm`. Layer: cli. */
#ifndef EL_CLI_CALIBRATE_TEXT_H
#define EL_CLI_CALIBRATE_TEXT_H
#include "app/calibrate.h"
#include "base/str.h"
#include "io/plot.h"

/* Appends to out. EL_E_NOMEM. */
EL_NODISCARD el_status el_calibrate_text(const el_calibration *calibration,
                                         const el_plot_text_style *style,
                                         el_buf *out, el_error *err);

#endif
