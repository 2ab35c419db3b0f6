/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/island_link.h"

static el_status agree(bool *go_on, void *ctx, el_error *err)
{
    (void)go_on;
    (void)ctx;
    (void)err;
    return EL_OK;
}

static el_status share(void *item, size_t size, unsigned n, void *ctx,
                       el_error *err)
{
    (void)item;
    (void)size;
    (void)n;
    (void)ctx;
    (void)err;
    return EL_OK; /* all are here */
}

const el_island_link *el_island_link_get(void)
{
    static const el_island_link here = {0, 1, NULL, agree, share, NULL};

    return &here;
}
