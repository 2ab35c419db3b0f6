/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/gen.h"

/* Cheapest first: each stops the rest when its formula is exact. */
static const el_generator *const generators[] = {
    &el_gen_power, &el_gen_poly, &el_gen_ratio, &el_gen_ridge, &el_gen_laurent,
    &el_gen_atom,  &el_gen_max,  &el_gen_rest,  NULL};

el_status el_generate(const el_columns *x, const double *y,
                      const el_gen_options *options, const el_gen_sink *sink,
                      el_error *err)
{
    el_gen_view whole, rest = {0};
    bool stop = false, any = false;
    el_status st = el_gen_view_new(x, y, options, sink, &stop, &whole, err);

    if (st != EL_OK)
        return st;
    if (el_gen_is_work(&whole)) {
        st = el_gen_work.run(&whole, err);
        el_gen_view_clear(&whole);
        return st;
    }
    st = el_gen_power.run(&whole, err);
    if (st == EL_OK && !stop)
        st = el_gen_separate(&whole, &rest, &any, err);
    /* with fewer variables everything is easier: that view goes first */
    if (st == EL_OK && any)
        st = el_gen_run(generators, &rest, err);
    if (st == EL_OK && !stop)
        st = el_gen_run(generators + 1, &whole, err);
    if (st == EL_OK && !stop)
        st = el_gen_with_derived(&whole, x, y, err);
    el_gen_view_clear(&rest);
    el_gen_view_clear(&whole);
    return st;
}
