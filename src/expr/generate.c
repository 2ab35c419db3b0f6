/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/gen.h"

#define ALL SIZE_MAX

/* Cheapest first: each stops the rest when its formula is exact. */
static const el_generator *const generators[] = {
    &el_gen_power, &el_gen_poly, &el_gen_ratio, &el_gen_ridge, &el_gen_laurent,
    &el_gen_atom,  &el_gen_max,  &el_gen_rest,  NULL};

static el_status run_all(const el_gen_view *view, size_t first, size_t end,
                         el_error *err)
{
    el_status st = EL_OK;

    for (size_t i = first; i < end && generators[i] && st == EL_OK; i++)
        if (!*view->stop)
            st = generators[i]->run(view, err);
    return st;
}

el_status el_gen_sums(const el_gen_view *view, el_error *err)
{
    return run_all(view, 1, 3, err);
}

el_status el_gen_products(const el_gen_view *view, el_error *err)
{
    el_gen_view rest = {0};
    bool any = false;
    el_status st = el_gen_power.run(view, err);

    if (st == EL_OK && !*view->stop)
        st = el_gen_separate(view, &rest, &any, err);
    if (st == EL_OK && !*view->stop)
        st = el_gen_ridge.run(any ? &rest : view, err);
    el_gen_view_clear(&rest);
    return st;
}

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
    st = run_all(&whole, 0, 1, err);
    if (st == EL_OK && !stop)
        st = el_gen_separate(&whole, &rest, &any, err);
    /* with fewer variables everything is easier: that view goes first */
    if (st == EL_OK && any)
        st = run_all(&rest, 0, ALL, err);
    if (st == EL_OK && !stop)
        st = run_all(&whole, 1, ALL, err);
    if (st == EL_OK && !stop)
        st = el_gen_with_derived(&whole, x, y, err);
    el_gen_view_clear(&rest);
    el_gen_view_clear(&whole);
    return st;
}
