/* SPDX-License-Identifier: Apache-2.0 */
/* Reports and power logs of other tools to one measurement table. Layer: app.
 */
#ifndef EL_APP_IMPORT_H
#define EL_APP_IMPORT_H
#include "base/task.h"
#include "io/import.h"

typedef struct el_import_args {
    const char *const *path; /* reports and power logs */
    size_t n_path;
    const char *const *power; /* power logs alone */
    size_t n_power;
    const el_importer *format; /* of path; NULL: by content */
    bool has_offset;           /* clocks of different kinds may be joined */
    double offset_s;           /* added to the times of power logs */
    el_import_row
        given; /* what the files do not say; see el_import_args_init */
} el_import_args;

void el_import_args_init(el_import_args *args);

typedef struct el_import_source {
    const char *path;
    el_import import;  /* empty where refused */
    char refused[512]; /* why; "" where it was read */
    bool is_power;
    double span_s, energy_j; /* of a power log; NaN unknown */
    size_t n_counter_fell;   /* GPUs of it whose energy counter is no help */
} el_import_source;

typedef struct el_imported {
    el_import_source *source;
    size_t n_source, n_refused;
    el_import_row *row; /* of all sources; strings are theirs and args' */
    size_t n_row, n_joined;
    el_buf said; /* lines about the rows, not one file */
    el_strings strings;
} el_imported;

/*
 * Read all files, join runs and logs on time, fill in what `given` says.
 *
 * A file that cannot be read is EL_E_IO; one that is refused is listed with
 * its reason and the others go on: EL_E_DATA, with that reason, only if all
 * are. A log whose clock starts elsewhere than the run's is joined only with
 * has_offset. Energy goes to energy_j where the log has the GPUs in use and no
 * others, to energy_node_gpus_j where it has more, nowhere where it has fewer
 * or their number is unknown. EL_E_NOMEM, EL_E_CANCELLED. *out is written on
 * EL_OK alone; el_imported_clear.
 */
EL_NODISCARD el_status el_app_import(const el_import_args *args,
                                     const el_task *task, el_imported *out,
                                     el_error *err);
void el_imported_clear(el_imported *imported);

#endif
