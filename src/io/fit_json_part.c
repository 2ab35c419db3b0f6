/* SPDX-License-Identifier: Apache-2.0 */
/* Names that the writer and the reader of fit files agree on. */
#include "io/fit_json_part.h"

#include <stdio.h>
#include <string.h>

void el_fit_param_key(const el_param_spec *spec, size_t j,
                      char key[EL_PARAM_KEY])
{
    size_t same = 1;

    for (size_t i = 0; i < j; i++)
        same += strcmp(spec[i].name, spec[j].name) == 0;
    if (same > 1)
        (void)snprintf(key, EL_PARAM_KEY, "%s~%zu", spec[j].name, same);
    else
        (void)snprintf(key, EL_PARAM_KEY, "%s", spec[j].name);
}
