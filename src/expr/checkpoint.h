/* SPDX-License-Identifier: Apache-2.0 */
/* The state of an evolution as bytes. Layer: expr. */
#ifndef EL_EXPR_CHECKPOINT_H
#define EL_EXPR_CHECKPOINT_H
#include "expr/evolve.h"

/*
 * Islands, archive and counters between two epochs, the same bytes on every
 * machine. *bytes is the caller's (el_free). EL_E_NOMEM. Only what this process
 * holds: with a link to others each has a part.
 */
EL_NODISCARD el_status el_evolution_save(el_evolution *evolution,
                                         el_archive *archive, void **bytes,
                                         size_t *n_byte, el_error *err);

/*
 * Put a new evolution, made from the same rows, options and seed, where the one
 * that was saved was. EL_E_DATA (another evolution, damaged, cut short),
 * EL_E_VERSION, EL_E_NOMEM: evolution and archive are then as before.
 */
EL_NODISCARD el_status el_evolution_load(el_evolution *evolution,
                                         el_archive *archive, const void *bytes,
                                         size_t n_byte, el_error *err);

#endif
