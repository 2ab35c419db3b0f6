/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a run, by name: what SQL, keys, checks and the exported table
 * have in common. Layer: store. */
#ifndef EL_STORE_COLUMNS_H
#define EL_STORE_COLUMNS_H
#include "store/key.h"
#include "store/sql.h"

typedef enum el_column_part {
    EL_OF_CONFIGURATION, /* table configuration, key of a configuration */
    EL_OF_RUN,           /* table run; with the former the measurement table */
    EL_OF_RUN_EXTRA      /* table run */
} el_column_part;

typedef enum el_column_rule {
    EL_COLUMN_TEXT,
    EL_COLUMN_NUMBER,
    EL_COLUMN_FROM_0,
    EL_COLUMN_ABOVE_0
} el_column_rule;

typedef struct el_store_column {
    const char *name;
    size_t offset; /* in el_store_run */
    el_column_rule rule;
    el_column_part part;
} el_store_column;

#define EL_MAX_COLUMNS 48u

extern const el_store_column el_store_columns[];
extern const size_t el_n_store_columns;

const char *el_column_text(const el_store_column *c, const el_store_run *run);
double el_column_number(const el_store_column *c, const el_store_run *run);
el_value el_column_value(const el_store_column *c, const el_store_run *run);

/* Names of `first` .. `last`, each after `before`, commas between them. */
size_t el_column_names(el_column_part first, el_column_part last,
                       const char *before, el_buf *out);

/* Text that a store takes: UTF-8, no NUL, at most EL_STORE_TEXT. */
EL_NODISCARD el_status el_store_check_text(const char *what, const char *text,
                                           el_error *err);
/* EL_E_DATA "run: energy_j: not above 0 (-3)". */
EL_NODISCARD el_status el_store_check_number(const char *what, double v,
                                             el_column_rule rule,
                                             el_error *err);
/* All columns of a run, its facts and devices. */
EL_NODISCARD el_status el_store_check_run(const el_store_run *run,
                                          el_error *err);

/* Of a request and of a reading what stands after run, device and number. */
#define EL_REQUEST_VALUES 9u
#define EL_SAMPLE_VALUES  7u
void el_request_values(const el_store_request *r, double start_s, el_value *v);
void el_sample_values(const el_reading *s, double start_s, el_value *v);

/* EL_E_ARG: open for reading alone, or in the middle of a run. */
EL_NODISCARD el_status el_store_may_write(const el_store *store, el_error *err);
/* EL_E_ARG: not in the middle of a run. */
EL_NODISCARD el_status el_store_in_run(const el_store *store, el_error *err);

/*
 * Inserts the row where none of its key (v[0], column "key") is there yet; its
 * id either way. is_new may be NULL.
 */
EL_NODISCARD el_status el_store_keep(el_store *store, const char *table,
                                     const char *columns, const el_value *v,
                                     size_t n, int64_t *id, bool *is_new,
                                     el_error *err);

#endif
