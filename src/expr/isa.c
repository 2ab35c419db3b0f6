/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "expr/kernel.h"

static bool is_wanted(const char *isa, const el_kernels *kernels)
{
    return !isa || strcmp(isa, kernels->isa) == 0;
}

/* What kernel_<isa>.c is compiled for (CMakeLists.txt), and nothing more. */
const el_kernels *el_kernels_find(const char *isa)
{
#ifdef __x86_64__
    const bool has_avx2 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (is_wanted(isa, &el_kernels_avx512) && has_avx2 &&
        __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return &el_kernels_avx512;
    if (is_wanted(isa, &el_kernels_avx2) && has_avx2)
        return &el_kernels_avx2;
#endif
    return is_wanted(isa, &el_kernels_generic) ? &el_kernels_generic : NULL;
}
