/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table as columns of numbers in which a law is sought. Layer: app.
 *
 * Two kinds: measurements of the contract (table.h), cleaned and with facts of
 * the catalogue, where the target is one of theirs; and any other CSV.
 */
#ifndef EL_APP_LAW_TABLE_H
#define EL_APP_LAW_TABLE_H
#include "base/str.h"
#include "energylens/discover.h"
#include "energylens/group.h"

#define EL_LAW_MAX_COLUMNS 16u

/* As typed; names may be NULL. */
typedef struct el_law_ask {
    const char *path;          /* "-" is stdin */
    const char *catalog_dir;   /* or NULL */
    const char *target;        /* NULL: energy_j */
    const char *const *column; /* NULL: those that vary */
    size_t n_column;
    const char *model, *gpu; /* of measurements: only these groups */
    el_clean_options clean;
    const char *units; /* CSV with columns column,unit; or NULL */
} el_law_ask;

typedef struct el_law_table {
    bool measured;   /* of the contract */
    char source[96]; /* file name */
    char target[EL_NAME_LEN];
    size_t n_row, n_col;
    const char *name[EL_LAW_MAX_COLUMNS];  /* as formulas are written */
    const double *col[EL_LAW_MAX_COLUMNS]; /* into value */
    double *value, *y;
    size_t *group; /* of measurements: that row i is of; else NULL */
    el_part part[EL_LAW_MAX_COLUMNS]; /* of measurements */
    el_unit_bases bases;
    el_unit unit[EL_LAW_MAX_COLUMNS], result;
    bool has_units;     /* else all are plain numbers */
    el_strings strings; /* names */
    el_groups groups;   /* of measurements; their samples point into: */
    el_table *table;
    el_catalog *catalog;
} el_law_table;

/*
 * Read it. Columns that are the same on all rows are left out with a warning,
 * and so are, where none were named, those that are not numbers or not known on
 * all rows.
 *
 * EL_E_DATA ("a.csv:17: y: not a number", no row or one, no column left,
 * unknown column of the units file), EL_E_ARG (a name that the table does not
 * have; more than EL_LAW_MAX_COLUMNS), EL_E_IO, EL_E_CANCELLED, EL_E_NOMEM.
 */
EL_NODISCARD el_status el_law_table_read(const el_law_ask *ask,
                                         const el_task *task, el_law_table *out,
                                         el_error *err);
void el_law_table_clear(el_law_table *table);

#endif
