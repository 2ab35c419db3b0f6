/* SPDX-License-Identifier: Apache-2.0 */
/* What engines call a model. Layer: app. */
#ifndef EL_APP_HUB_ID_H
#define EL_APP_HUB_ID_H
#include "energylens/catalog.h"

/* "org/model" among the names of the entry of `name`; the folder of a
 * config.json, the bare name of another .json; else `name` itself. */
void el_hub_id(const el_catalog *catalog, const char *name, char *out,
               size_t cap);

#endif
