/* SPDX-License-Identifier: Apache-2.0 */
#define KERNELS el_kernels_generic
#define ISA     "generic"
#define WIDTH   2
#include "expr/kernel_body.h"
