/* SPDX-License-Identifier: Apache-2.0 */
#include "app/profile_table.h"

#include "energylens/files.h"

el_status el_profile_files(const char *path, const char *catalog_dir,
                           const el_task *task, el_table **table,
                           el_catalog **catalog, el_error *err)
{
    el_status st = el_table_read(&path, 1, EL_TABLE_QUERY, task, table, err);

    return st == EL_OK && catalog ? el_catalog_load(catalog_dir, catalog, err)
                                  : st;
}
