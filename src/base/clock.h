/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that setting the time does not move. Layer: base. */
#ifndef EL_BASE_CLOCK_H
#define EL_BASE_CLOCK_H

double el_clock_s(void); /* CLOCK_MONOTONIC */

#endif
