/* SPDX-License-Identifier: Apache-2.0 */
#include "app/fleet.h"

#include <string.h>

#include "base/mem.h"

static bool same_gpu(const el_setups *all, size_t i, size_t j)
{
    return strcmp(all->setup[i].key.gpu, all->setup[j].key.gpu) == 0;
}

/* The first setup on the GPU type of setup i. */
static size_t first_of(const el_setups *all, size_t i)
{
    size_t j = 0;

    while (!same_gpu(all, i, j))
        j++;
    return j;
}

/* Types of the first setups. */
static size_t count_types(const el_setups *all, size_t end)
{
    size_t n = 0;

    for (size_t i = 0; i < end; i++)
        n += first_of(all, i) == i;
    return n;
}

bool el_fleet_is_asked(const el_ask_state *state)
{
    const el_setups *all = &state->setups;

    return state->counted && el_is_known(state->query.request_rate_hz) &&
           count_types(all, all->n) > 1;
}

size_t el_fleet_setup(const el_ask_state *state, size_t t)
{
    const el_setups *all = &state->setups;

    for (size_t i = 0; i < all->n; i++)
        if (first_of(all, i) == i && t-- == 0)
            return i;
    return 0;
}

el_status el_fleet_find(const el_ask_state *state, const el_task *task,
                        el_fleet *out, el_error *err)
{
    const el_setups *all = &state->setups;
    size_t *type = el_array(all->n, sizeof *type);
    el_status st;

    if (!type)
        return el_fail(err, EL_E_NOMEM, "fleet: %zu setups", all->n);
    for (size_t i = 0; i < all->n; i++)
        type[i] = count_types(all, first_of(all, i));
    st = el_fleet_split(all->query, type, all->n, count_types(all, all->n),
                        task, out, err);
    el_free(type);
    return st;
}
