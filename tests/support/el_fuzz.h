/* SPDX-License-Identifier: Apache-2.0 */
/* What every fuzz target begins with: any bytes in, require() what must hold.
 */
#ifndef EL_FUZZ_H
#define EL_FUZZ_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer fixes the names: NOLINTBEGIN(readability-identifier-naming) */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* NOLINTEND(readability-identifier-naming) */

static inline void require(bool truth)
{
    if (!truth)
        abort();
}

#endif
