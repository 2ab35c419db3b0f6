/* SPDX-License-Identifier: Apache-2.0 */
/* Options of what a user measured: --links, --kernel-table. Layer: cli. */
#ifndef EL_CLI_MEASURED_OPT_H
#define EL_CLI_MEASURED_OPT_H
#include "app/measured.h"
#include "cli/opt.h"

typedef struct el_measured_args {
    const char *links;
    el_names kernel_table;
} el_measured_args;

/* Rows for an option table; type.path are el_measured_args. A path takes no
 * parentheses: NOLINTBEGIN(bugprone-macro-parentheses) */
#define EL_MEASURED_OPTIONS(type, path, heading)                               \
    {.name = "links",                                                          \
     .kind = EL_OPT_STRING,                                                    \
     EL_OPT_AT(type, path.links),                                              \
     .meta = "LINKS.json",                                                     \
     .group = (heading),                                                       \
     .help = "Links of this GPU's machine from calibrate comm, instead of "    \
             "the built-in constants."},                                       \
    {                                                                          \
        .name = "kernel-table", .kind = EL_OPT_REPEATED,                       \
        EL_OPT_AT(type, path.kernel_table), .meta = "FILE.csv",                \
        .group = (heading),                                                    \
        .help = "Measured kernels of this GPU (GEMM, attention or MoE): "      \
                "their times count where they reach. May be given again."      \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

static inline el_measured_files
el_measured_files_from(const el_measured_args *args)
{
    return (el_measured_files){args->links, args->kernel_table.v,
                               args->kernel_table.n};
}

#endif
