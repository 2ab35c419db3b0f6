/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fit_set.h"

#include <stdatomic.h>

#include "base/mem.h"

bool el_fit_set_share(el_fit_set *set)
{
    atomic_long *holders = set->holders;

    if (holders)
        return true;
    holders = el_array(1, sizeof *holders);
    if (!holders)
        return false;
    atomic_init(holders, 1);
    set->holders = holders;
    return true;
}

el_fit_set el_fit_set_hold(const el_fit_set *shared)
{
    atomic_long *holders = shared->holders;

    atomic_fetch_add(holders, 1);
    return *shared;
}

void el_fit_set_clear(el_fit_set *set)
{
    atomic_long *holders = set->holders;

    if (!holders || atomic_fetch_sub(holders, 1) == 1) {
        el_free(set->fit);
        el_free(holders);
    }
    set->fit = NULL;
    set->holders = NULL;
    set->n = 0;
}
