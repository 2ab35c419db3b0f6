/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  energylens/api.h
 * @brief What every public header stands between. Layer: base.
 *
 * Declarations between EL_API_BEGIN and EL_API_END are exported by the shared
 * library, whose other symbols are hidden, and have C names in C++ too.
 */
#ifndef EL_API_H
#define EL_API_H

#define EL_API_EXPORT _Pragma("GCC visibility push(default)")
#define EL_API_HIDE   _Pragma("GCC visibility pop")

#ifdef __cplusplus
#define EL_API_BEGIN                                                           \
    extern "C" {                                                               \
    EL_API_EXPORT
#define EL_API_END                                                             \
    EL_API_HIDE                                                                \
    }
#else
#define EL_API_BEGIN EL_API_EXPORT
#define EL_API_END   EL_API_HIDE
#endif

#endif
