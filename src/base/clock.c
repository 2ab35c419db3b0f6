/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <time.h>

double el_clock_s(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
