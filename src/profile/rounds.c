/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/rounds.h"

bool el_rounds_find(const double *end_s, size_t n, size_t in_flight,
                    double steady_s, double window_s, el_rounds *out)
{
    size_t from = 0;

    while (from < n && end_s[from] < steady_s)
        from++;
    if (in_flight == 0 || from >= n)
        return false;
    for (size_t k = 1; k <= (n - 1 - from) / in_flight; k++) {
        size_t last = from + k * in_flight;

        if (end_s[last] - end_s[from] < window_s ||
            !(end_s[last] > end_s[from]))
            continue;
        *out = (el_rounds){.start_s = end_s[from],
                           .end_s = end_s[last],
                           .n_round = k,
                           .first = from + 1,
                           .n_request = k * in_flight};
        return true;
    }
    return false;
}
