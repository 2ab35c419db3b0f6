/* SPDX-License-Identifier: Apache-2.0 */
/* Some generators on a view: what derived columns and rests are tried with. */
#include "expr/gen.h"

el_status el_gen_run(const el_generator *const *generator,
                     const el_gen_view *view, el_error *err)
{
    el_status st = EL_OK;

    for (; *generator && st == EL_OK && !*view->stop; generator++)
        st = (*generator)->run(view, err);
    return st;
}

el_status el_gen_sums(const el_gen_view *view, el_error *err)
{
    static const el_generator *const sums[] = {&el_gen_poly, &el_gen_ratio,
                                               NULL};

    return el_gen_run(sums, view, err);
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
