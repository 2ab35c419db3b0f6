/* SPDX-License-Identifier: Apache-2.0 */
/* energylens on several machines: `mpirun -n N energylens-mpi discover ...`.
   Rank 0 is the program as ever, the others lend it their processors. */
#include <stdio.h>

#include "energylens/verb.h"
#include "expr/island_mpi.h"

int main(int argc, char **argv)
{
    int code = 0;
    el_error err = {EL_OK, ""};

    if (!el_island_start(&argc, &argv)) {
        (void)fprintf(stderr, "energylens-mpi: MPI does not start\n");
        return 70;
    }
    if (el_island_link_get()->rank == 0) {
        code = el_main(argc, argv);
    } else if (el_island_serve(&err) != EL_OK) {
        (void)fprintf(stderr, "energylens-mpi: rank %u: %s\n",
                      el_island_link_get()->rank, err.message);
        el_island_stop(false);
    }
    el_island_stop(true);
    return code;
}
