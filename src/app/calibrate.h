/* SPDX-License-Identifier: Apache-2.0 */
/* Measured collectives to a links file. Layer: app. */
#ifndef EL_APP_CALIBRATE_H
#define EL_APP_CALIBRATE_H
#include "base/task.h"
#include "io/link_read.h"
#include "io/links_json.h"

typedef struct el_calibrate_args {
    const char *const *path; /* nccl-tests output or CSV; "-" is stdin */
    size_t n_path;
    const char *catalog_dir; /* or NULL */
    const char *gpu;         /* NULL: as the files say */
    el_link_hint hint;
} el_calibrate_args;

typedef struct el_calibration {
    el_links_report report;
    el_link_rows rows; /* sorted: rows of report.fit[i] from first[i] on */
    size_t first[EL_LINKS_MAX];
    size_t n_refused; /* rows of collectives that could not be fitted */
    double idle_w;    /* the GPU's, which powers were measured against */
} el_calibration;

/*
 * Read the files, fit one curve for each collective and number of GPUs. One
 * that cannot be fitted is warned about and left out, unless none is left.
 *
 * EL_E_ARG (no GPU named), EL_E_DATA (el_link_rows_read; a GPU that the
 * catalogue does not know; --gpu and the files name different ones; nothing
 * fitted), EL_E_IO, EL_E_NOMEM. *out is written only on EL_OK.
 */
EL_NODISCARD el_status el_calibrate_comm(const el_calibrate_args *args,
                                         const el_task *task,
                                         el_calibration *out, el_error *err);
void el_calibration_clear(el_calibration *calibration);

#endif
