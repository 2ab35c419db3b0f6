/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where measurement tables come from: CSV files and stores. Layer: app.
 *
 * A store stands for the table that `store export` writes of it, its complete
 * runs: the same rows, the same hash. Its rows are counted as lines are, the
 * header being the first.
 */
#ifndef EL_APP_TABLES_H
#define EL_APP_TABLES_H
#include "io/csv.h"
#include "io/file_hash.h"
#include "io/table_csv.h"
#include "store/table.h"

/* As el_csv_read(), of a store too. EL_E_VERSION, EL_E_DEVICE, EL_E_CANCELLED
 * beside its errors. */
EL_NODISCARD el_status el_tables_csv(const char *path, const el_task *task,
                                     el_csv **out, el_error *err);
/* As el_table_read(). */
EL_NODISCARD el_status el_tables_read(const char *const *path, size_t n_path,
                                      el_table_use use, const el_task *task,
                                      el_table **out, el_error *err);
/* As el_file_hash(). */
EL_NODISCARD el_status el_tables_hash(const char *const *path, size_t n_path,
                                      char hash[EL_HASH_LEN], el_error *err);
/* Without folders, user and password: what may be shown and kept. */
void el_tables_name(const char *path, char out[EL_STORE_NAME]);

#endif
