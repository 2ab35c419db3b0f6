/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __x86_64__
#define KERNELS el_kernels_avx512
#define ISA     "avx512"
#define WIDTH   8
#include "expr/kernel_body.h"
#else
typedef int not_this_processor; /* no empty file in ISO C */
#endif
