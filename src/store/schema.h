/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a store and how older ones become newer. Layer: store. */
#ifndef EL_STORE_SCHEMA_H
#define EL_STORE_SCHEMA_H
#include "store/sql.h"

/* One step: from the version before it to `version`. */
typedef struct el_migration {
    int version; /* major * 1000 + minor */
    const char *sql;
} el_migration;

#define EL_STORE_VERSION (EL_STORE_MAJOR * 1000 + EL_STORE_MINOR)

/* In order; the last one makes EL_STORE_VERSION. */
extern const el_migration el_migrations[];
extern const size_t el_n_migrations;

/*
 * Takes the steps that are above store->version, each a transaction of its own,
 * which no other process does at the same time; what another has done
 * meanwhile is not done twice.
 */
EL_NODISCARD el_status el_schema_migrate(el_store *store,
                                         const el_migration *step, size_t n,
                                         el_error *err);

/*
 * EL_E_VERSION where store->version cannot be used as store->use says; both
 * numbers are named.
 */
EL_NODISCARD el_status el_schema_accept(const el_store *store, el_error *err);

#endif
