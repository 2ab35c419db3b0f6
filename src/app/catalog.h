/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in the catalogue. Layer: app. */
#ifndef EL_APP_CATALOG_H
#define EL_APP_CATALOG_H
#include "energylens/catalog.h"

typedef enum el_catalog_kind {
    EL_CATALOG_GPUS,
    EL_CATALOG_MODELS
} el_catalog_kind;

/* What a command line asks of the catalogue. */
typedef struct el_catalog_view {
    el_catalog *catalog;
    el_catalog_kind kind;
    bool has_entry;
    size_t entry; /* index of its kind */
} el_catalog_view;

/* "gpus" / "gpu" or "models" / "model"; EL_E_ARG naming both. */
EL_NODISCARD el_status el_catalog_kind_parse(const char *text,
                                             el_catalog_kind *out,
                                             el_error *err);

/*
 * Load the catalogue and find `name` (NULL: none asked for). EL_E_DATA where
 * the name is unknown, with suggestions; errors of el_catalog_load. *out is
 * written only on EL_OK; free with el_catalog_view_clear.
 */
EL_NODISCARD el_status el_app_catalog(const char *catalog_dir,
                                      el_catalog_kind kind, const char *name,
                                      el_catalog_view *out, el_error *err);
void el_catalog_view_clear(el_catalog_view *view);

#endif
