/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and power logs joined on time. Used by import.c alone. Layer: app. */
#ifndef EL_APP_IMPORT_JOIN_H
#define EL_APP_IMPORT_JOIN_H
#include "app/import.h"

/* Energy, mean power and GPU name of every row that a log covers; what could
 * not be joined, and why, goes to all->said. EL_E_NOMEM. */
EL_NODISCARD el_status el_import_join(const el_import_args *args,
                                      el_imported *all, el_error *err);

#endif
