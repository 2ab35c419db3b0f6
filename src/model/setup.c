/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/optimize.h"

static const struct {
    const char *key, *heading;
} axes[EL_N_SETUP_AXES] = {
#define ROW(name, key, heading) {key, heading},
    EL_SETUP_LIST(ROW)
#undef ROW
};

const char *el_setup_key(el_setup_axis axis)
{
    return axes[axis].key;
}

const char *el_setup_heading(el_setup_axis axis)
{
    return axes[axis].heading;
}
