/* SPDX-License-Identifier: Apache-2.0 */
/* Which name a typo was meant to be. Layer: cli. */
#ifndef EL_CLI_NEAREST_H
#define EL_CLI_NEAREST_H
#include <stdbool.h>
#include <stddef.h>

#define EL_NEAREST_FAR 3u /* edits from which a name is another word */

/* Is `name` (of len bytes) fewer than *best edits from `known`, and fewer than
 * that has letters? Then *best is lowered. */
bool el_is_nearer(const char *name, size_t len, const char *known,
                  size_t *best);

/* The nearest of the NULL-terminated names; NULL: all of them are far. */
const char *el_nearest_name(const char *name, size_t len,
                            const char *const *names);

#endif
