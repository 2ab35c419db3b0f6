/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a plan is read from; part of profile_plan.c. Layer: app.
 */
#ifndef EL_APP_PROFILE_TABLE_H
#define EL_APP_PROFILE_TABLE_H
#include "base/task.h"
#include "energylens/catalog.h"
#include "energylens/table.h"

/* The plan, and the catalogue where `catalog` is not NULL. Errors of
 * el_table_read() and el_catalog_load(); what was read by then stays. */
EL_NODISCARD el_status el_profile_files(const char *path,
                                        const char *catalog_dir,
                                        const el_task *task, el_table **table,
                                        el_catalog **catalog, el_error *err);

#endif
