/* SPDX-License-Identifier: Apache-2.0 */
/* A run of everything, with every allocation failing in turn. */
#ifndef EL_OOM_H
#define EL_OOM_H
#include "el_test.h"

#include "base/mem.h"
#include "energylens/error.h"

/* once() frees what it made; more than `least` allocations, fewer than `most`.
 */
static inline void el_test_oom(el_status (*once)(void), long least, long most)
{
    const long live = el_mem_live();
    el_status st;
    long k = 0;

    do {
        el_mem_fail_at(k);
        st = once();
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), live);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
    } while (st != EL_OK && ++k < most);
    assert_int_equal(st, EL_OK);
    assert_true(k > least);
}

#endif
