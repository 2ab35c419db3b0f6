/* SPDX-License-Identifier: Apache-2.0 */
/* Imported rows kept in a store. Layer: app. */
#ifndef EL_APP_IMPORT_STORE_H
#define EL_APP_IMPORT_STORE_H
#include "app/import.h"

/*
 * Every row as a complete run of `campaign`; *n_new of them were not there yet.
 * Importing the same files again adds nothing. Errors of el_store_open() and
 * el_store_begin(); rows before the failing one stay.
 */
EL_NODISCARD el_status el_app_import_store(const el_imported *in,
                                           const char *where,
                                           const char *campaign, size_t *n_new,
                                           el_error *err);

#endif
