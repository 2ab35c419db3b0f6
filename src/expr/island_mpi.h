/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of an MPI job, for energylens-mpi. Layer: expr. */
#ifndef EL_EXPR_ISLAND_MPI_H
#define EL_EXPR_ISLAND_MPI_H
#include "expr/island_link.h"

/* First of all, before threads. false: MPI does not start. */
bool el_island_start(int *argc, char ***argv);
/* On all ranks but 0: join the evolutions of rank 0 until it stops. */
EL_NODISCARD el_status el_island_serve(el_error *err);
/* Last of all. Not in order: ends all processes. */
void el_island_stop(bool in_order);

#endif
