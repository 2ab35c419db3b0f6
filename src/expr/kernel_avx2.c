/* SPDX-License-Identifier: Apache-2.0 */
#ifdef __x86_64__
#define KERNELS el_kernels_avx2
#define ISA     "avx2"
#define WIDTH   4
#include "expr/kernel_body.h"
#else
typedef int not_this_processor; /* no empty file in ISO C */
#endif
