/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever the bytes, reading ends with a status, one line of
 * message and nothing allocated; what is accepted keeps to the limits of an
 * el_space.
 */
#include "el_fuzz_json.h"

#include <math.h>

#include "base/mem.h"
#include "io/space_json.h"

static void check(const el_space *s)
{
    for (el_axis a = 0; a < EL_N_AXES; a++) {
        require(s->axis[a].n >= 1 && s->axis[a].n <= EL_MAX_VALUES);
        for (size_t i = 0; i < s->axis[a].n; i++)
            require(s->axis[a].v[i] >= 1.0 && s->axis[a].v[i] <= 1e8);
    }
    require(s->n_dtype <= EL_SPACE_MAX_DTYPES);
    for (size_t d = 0; d < s->n_dtype; d++)
        require(s->dtype[d][0] && memchr(s->dtype[d], 0, EL_LABEL_LEN));
    require(isnan(s->max_gpus) || s->max_gpus >= 1.0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *doc = NULL;
    el_space space;
    el_error err = {0};
    el_status st = el_json_parse((const char *)data, size, "fuzz", &doc, &err);

    if (st == EL_OK)
        st = el_space_read(doc, "fuzz", &space, &err);
    json_decref(doc);
    if (st == EL_OK)
        check(&space);
    else
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
    require(el_mem_live() == 0);
    return 0;
}
