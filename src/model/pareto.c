/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "energylens/optimize.h"

typedef struct spot {
    double x, y;
    size_t i;
} spot;

static int by_x_then_y(const void *a, const void *b)
{
    const spot *p = a, *q = b;

    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    return 0;
}

/* Left to right, a point is on the front if it is lower than all so far. */
static void sweep(const spot *spots, size_t n, bool *on_front)
{
    size_t last = EL_NO_CANDIDATE; /* the newest point of the front */

    for (size_t k = 0; k < n; k++) {
        bool lower = last == EL_NO_CANDIDATE || spots[k].y < spots[last].y;
        bool equal = !lower && spots[k].x == spots[last].x &&
                     spots[k].y == spots[last].y;

        on_front[spots[k].i] = lower || equal;
        if (lower)
            last = k;
    }
}

el_status el_pareto_front(const double *x, const double *y, size_t n,
                          bool *on_front, el_error *err)
{
    spot *spots = n ? el_array(n, sizeof *spots) : NULL;
    size_t m = 0;

    if (n && !spots)
        return el_fail(err, EL_E_NOMEM, "pareto: %zu points", n);
    for (size_t i = 0; i < n; i++) {
        on_front[i] = false;
        if (isfinite(x[i]) && isfinite(y[i]))
            spots[m++] = (spot){x[i], y[i], i};
    }
    if (m)
        qsort(spots, m, sizeof *spots, by_x_then_y);
    sweep(spots, m, on_front);
    el_free(spots);
    return EL_OK;
}
