/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in catalogue, for a group of tests. One include a program. */
#ifndef EL_CATALOG_SAMPLE_H
#define EL_CATALOG_SAMPLE_H
#include "el_test.h"

#include "base/mem.h"
#include "io/catalog_json.h"
#include "io/json.h"

static el_catalog *catalog;

static inline int el_catalog_setup(void **state)
{
    (void)state;
    el_json_init();
    return el_catalog_load(NULL, &catalog, NULL) == EL_OK ? 0 : -1;
}

/* Whoever leaves something allocated fails here. */
static inline int el_catalog_teardown(void **state)
{
    (void)state;
    el_catalog_free(catalog);
    return el_mem_live() == 0 ? 0 : -1;
}

#endif
