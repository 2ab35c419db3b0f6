/* SPDX-License-Identifier: Apache-2.0 */
/* Seconds. Layer: base. */
#ifndef EL_BASE_CLOCK_H
#define EL_BASE_CLOCK_H

double el_clock_s(void);     /* CLOCK_MONOTONIC: setting the time is not seen */
double el_clock_utc_s(void); /* CLOCK_REALTIME, since 1970 */
double el_clock_cpu_s(void); /* of a processor, by this thread */

void el_nap(double time_s); /* shorter where a signal comes */

#endif
