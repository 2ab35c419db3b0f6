/* SPDX-License-Identifier: Apache-2.0 */
/* What a user measured of a GPU: links and kernels. Layer: app. */
#ifndef EL_APP_MEASURED_H
#define EL_APP_MEASURED_H
#include "base/task.h"
#include "energylens/catalog.h"
#include "energylens/kernel_table.h"
#include "energylens/links.h"

/* As typed; borrowed. {0}: nothing. */
typedef struct el_measured_files {
    const char *links;               /* of calibrate comm; NULL none */
    const char *const *kernel_table; /* CSV, el_kernel_csv_add */
    size_t n_kernel_table;
} el_measured_files;

bool el_measured_files_any(const el_measured_files *files);

typedef struct el_measured {
    char gpu[48]; /* slug; "": nothing was measured */
    bool has_links;
    el_links links;
    el_kernel_table *table; /* NULL none */
} el_measured;

/*
 * Read the files. gpu: the names that were asked for, all of which must be the
 * GPU that was measured; without any, the links file says which it is. Rows of
 * a kernel table that are left out are warned about.
 *
 * EL_E_DATA ("h100.links.json: measured on h100-sxm5-80gb, not on ...", errors
 * of the readers), EL_E_ARG (nothing says whose the kernels are), EL_E_IO,
 * EL_E_VERSION, EL_E_NOMEM. out is empty then; el_measured_close.
 */
EL_NODISCARD el_status el_measured_open(const el_measured_files *files,
                                        const el_catalog *catalog,
                                        const char *const *gpu, size_t n_gpu,
                                        const el_task *task, el_measured *out,
                                        el_error *err);
void el_measured_close(el_measured *measured);

/* "measured links and kernels", ...; "" nothing. NULL is fine. */
const char *el_measured_text(const el_measured *measured);

/* Let device, made of gpu, use it. EL_E_DATA: another GPU's; names both. */
EL_NODISCARD el_status el_measured_apply(const el_measured *measured,
                                         const el_gpu *gpu, el_device *device,
                                         el_error *err);

#endif
