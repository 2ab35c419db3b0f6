/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The project file energylens.json. Layer: cli.
 *
 *   {"schema": "energylens.settings", "version": 1,
 *    "seed": 7, "catalog": "hw",
 *    "fit": {"min-latency": "1.5s", "tp": [1, 2, 4]}}
 *
 * Names are those of the options; values a text as on the command line, a
 * number, true or false, or an array of them for lists.
 */
#ifndef EL_CLI_SETTINGS_H
#define EL_CLI_SETTINGS_H
#include <jansson.h>

#include "cli/cli.h"

#define EL_SETTINGS_FILE    "energylens.json"
#define EL_SETTINGS_SCHEMA  "energylens.settings"
#define EL_SETTINGS_VERSION 1

/*
 * Apply doc to `common` and, from doc[verb->name], to `own`. `name` is the
 * file in messages. EL_E_DATA: unknown key, wrong value ("energylens.json:
 * fit.tpp: unknown setting, did you mean tp?"); EL_E_VERSION; EL_E_NOMEM.
 */
EL_NODISCARD el_status el_settings_apply(json_t *doc, const char *name,
                                         const el_verb *const *verbs,
                                         const el_verb *verb,
                                         const el_opt_set *own,
                                         const el_opt_set *common,
                                         el_strings *strings, el_error *err);

/* The same from `path`; a file that does not exist changes nothing. */
EL_NODISCARD el_status el_settings_read(const char *path,
                                        const el_verb *const *verbs,
                                        const el_verb *verb,
                                        const el_opt_set *own,
                                        const el_opt_set *common,
                                        el_strings *strings, el_error *err);

#endif
