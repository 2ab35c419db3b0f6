/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loops that the compiler should vectorise for whatever CPU it runs on;
 * -ffp-contract=off keeps the bits equal on all of them. Layer: base.
 */
#ifndef EL_BASE_CLONES_H
#define EL_BASE_CLONES_H

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) &&         \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define EL_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define EL_CLONES
#endif

#endif
