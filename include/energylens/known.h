/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/known.h
 * @brief Quantities that may be missing: NaN in memory, blank in files.
 *
 * Layer: base.
 */
#ifndef EL_KNOWN_H
#define EL_KNOWN_H
#include <math.h>
#include <stdbool.h>

#include "energylens/api.h"

EL_API_BEGIN

#define EL_UNKNOWN ((double)NAN)

static inline bool el_is_known(double value)
{
    return !isnan(value);
}

/** Equal numbers, or both unknown. */
static inline bool el_known_equal(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

EL_API_END

#endif
