/* SPDX-License-Identifier: Apache-2.0 */
/* Where an op stands in a table of measured kernels. Layer: model. */
#ifndef EL_MODEL_KERNEL_PLACE_H
#define EL_MODEL_KERNEL_PLACE_H
#include "energylens/kernel_table.h"

#define EL_KERNEL_KEYS 7

typedef struct el_kernel_place {
    double key[EL_KERNEL_KEYS]; /* must be equal: kind, then what kernels depend
                                   on */
    double u[2];                /* ln; of the series */
    double x;                   /* ln; along the series */
} el_kernel_place;

typedef struct el_kernel_point {
    el_kernel_place at;
    double log_ratio;
    size_t end; /* of its series: those with the same key and u */
} el_kernel_point;

struct el_kernel_table {
    el_device device;
    el_kernel_point *point; /* sorted by el_kernel_table_finish */
    size_t n_point, cap, n_impossible;
};

/* An MoE's op, first: hidden -> 2 expert sizes (gated); else expert size ->
 * hidden. False: no such op is measured. */
bool el_kernel_place_of(const el_op *op, bool first, el_kernel_place *out);

/* As qsort() wants them. */
static inline int el_by_value(double a, double b)
{
    return (a > b) - (a < b);
}
int el_kernel_place_by_key(const el_kernel_place *a, const el_kernel_place *b);
int el_kernel_place_by_series(const el_kernel_place *a,
                              const el_kernel_place *b);

#endif
