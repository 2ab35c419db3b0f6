/* SPDX-License-Identifier: Apache-2.0 */
/* A log that is taken has whole lengths and one entry or more; one that is not
 * leaves nothing behind and says where in one line. */
#include "el_fuzz_json.h"

#include <math.h>

#include "base/mem.h"
#include "io/trace.h"

static void check(const el_lengths *l)
{
    require(l->n >= 1);
    for (size_t i = 0; i < l->n; i++) {
        require(l->isl[i] >= 1 && l->isl[i] == floor(l->isl[i]));
        require(l->osl[i] >= 1 && l->osl[i] == floor(l->osl[i]));
        require(!l->arrive_s || l->arrive_s[i] >= 0);
        require(i == 0 || !l->arrive_s || l->arrive_s[i] >= l->arrive_s[i - 1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_lengths l = {0};
    el_error err = {0};
    el_status st =
        el_trace_parse((const char *)data, size, "f", true, &l, &err);

    if (st == EL_OK) {
        check(&l);
    } else {
        require(st == EL_E_DATA && l.n == 0 && !l.isl && !l.osl);
        require(strncmp(err.message, "f:", 2) == 0);
        require(!strchr(err.message, '\n'));
    }
    el_lengths_clear(&l);
    require(el_mem_live() == 0);
    return 0;
}
