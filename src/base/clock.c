/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"

#include <time.h>

static double seconds(clockid_t clock)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double el_clock_s(void)
{
    return seconds(CLOCK_MONOTONIC);
}

double el_clock_utc_s(void)
{
    return seconds(CLOCK_REALTIME);
}

double el_clock_cpu_s(void)
{
    return seconds(CLOCK_THREAD_CPUTIME_ID);
}

void el_nap(double time_s)
{
    time_t whole = (time_t)time_s;
    const struct timespec t = {whole, (long)(1e9 * (time_s - (double)whole))};

    (void)nanosleep(&t, NULL);
}
