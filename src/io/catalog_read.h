/* SPDX-License-Identifier: Apache-2.0 */
/* Catalogue files: one, those of a folder, all of them. Layer: io. */
#ifndef EL_IO_CATALOG_READ_H
#define EL_IO_CATALOG_READ_H
#include <jansson.h>

#include "model/catalog.h"

#define EL_SCHEMA_GPU      "energylens.gpu"
#define EL_SCHEMA_LLM      "energylens.model"
#define EL_CATALOG_VERSION 1

/* Add the document (io/catalog_json.h) of file `path`. DATA, VERSION, NOMEM. */
EL_NODISCARD el_status el_catalog_read(el_catalog *catalog, json_t *doc,
                                       const char *path, bool user,
                                       el_error *err);

/*
 * Paths of *.json in dir, dir/hw and dir/llm, sorted; names that start with a
 * dot are skipped. *path is el_free'd by the caller, its strings belong to the
 * catalogue. EL_E_IO, EL_E_DATA (none at all), NOMEM.
 */
EL_NODISCARD el_status el_catalog_list(el_catalog *catalog, const char *dir,
                                       const char ***path, size_t *n,
                                       el_error *err);

/* Those compiled in, then those of dir (may be NULL). Errors of
 * el_catalog_load(), which looks first at what is kept. */
EL_NODISCARD el_status el_catalog_read_files(const char *dir, el_catalog **out,
                                             el_error *err);

#endif
