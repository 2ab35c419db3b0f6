/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evolution on islands, for what the generators leave open. Layer: expr.
 *
 * Epoch by epoch: every island tries the same number of formulas, on its own;
 * then, in the order of islands and complexities, their best are fitted again
 * on all rows for the archive, formulas migrate, and the island that has long
 * found nothing starts anew. Same seed, same archive for any number of threads.
 */
#ifndef EL_EXPR_EVOLVE_H
#define EL_EXPR_EVOLVE_H
#include "energylens/discover.h"
#include "expr/archive.h"
#include "expr/island_link.h"

#define EL_EPOCH      2500u /* formulas an island tries */
#define EL_ISLANDS    8u
#define EL_MAX_ISLAND 1024u

typedef struct el_evolution el_evolution;

/*
 * Islands of the generators' formulas, which are those in *archive now, and
 * random ones. columns, y and link (NULL: this program's) are borrowed.
 * EL_E_ARG (too many islands), EL_E_DATA (el_response_init), EL_E_NOMEM
 */
EL_NODISCARD el_status el_evolution_new(const el_columns *columns,
                                        const double *y,
                                        const el_discover_options *options,
                                        uint64_t seed,
                                        const el_archive *archive,
                                        const el_island_link *link,
                                        el_evolution **out, el_error *err);
void el_evolution_free(el_evolution *evolution);

/*
 * Until options->evaluations are spent, the archive holds an exact fit (*exact)
 * or the task is cancelled, which is looked at after every epoch. Goes on where
 * it was when called again.
 */
EL_NODISCARD el_status el_evolution_run(el_evolution *evolution,
                                        el_archive *archive,
                                        const el_task *task, bool *exact,
                                        el_error *err);

uint64_t el_evolution_tried(const el_evolution *evolution);

#endif
