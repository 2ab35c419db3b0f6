/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in catalogue and fit files in memory, for programs that ask many
 * questions: reading them takes far longer than an answer. Layer: io.
 *
 * Between el_kept_open() and el_kept_close() el_catalog_load() and
 * el_fit_set_load() take what is kept. Both nest, so that an answer that asks
 * several verbs may keep for itself what a server keeps anyway; all of it is
 * thread-safe. A fit file that has changed since (time or size) is read anew.
 */
#ifndef EL_IO_KEPT_H
#define EL_IO_KEPT_H
#include "energylens/catalog.h"
#include "energylens/fit.h"

/* EL_E_NOMEM. */
EL_NODISCARD el_status el_kept_open(el_error *err);
void el_kept_close(void);

/* For el_catalog_load: the built-in catalogue, to be freed as usual; NULL. */
el_catalog *el_kept_catalog(void);
/*
 * For el_fit_set_load: a set read from path before, which others hold too;
 * false: there is none.
 */
bool el_kept_fit(const char *path, el_fit_set *out);
/* Keeps what was read from path, if there is room; else nothing. */
void el_kept_add_fit(const char *path, el_fit_set *set);

#endif
