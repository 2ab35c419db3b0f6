/* SPDX-License-Identifier: Apache-2.0 */
#include "model/sweetspot_answer.h"

#include <string.h>

#include "base/str.h"

const char *el_sweetspot_basis_name(el_sweetspot_basis basis)
{
    static const char *const name[] = {"shape", "table", "fit", "analytic"};

    return name[basis];
}

void el_sweetspot_answer_clear(el_sweetspot_answer *answer)
{
    el_lengths_clear(&answer->lengths);
    for (size_t s = 0; s < answer->n; s++)
        el_surface_clear(&answer->surface[s]);
    el_length_grid_clear(&answer->grid);
    answer->n = 0;
}

void el_sweetspot_note(el_sweetspot_answer *answer, const char *text)
{
    size_t used = strlen(answer->note);

    if (!*text)
        return;
    if (used > 0 && used + 2 < sizeof answer->note) {
        el_str_copy(answer->note + used, sizeof answer->note - used, "; ");
        used += 2;
    }
    el_str_copy(answer->note + used, sizeof answer->note - used, text);
}
