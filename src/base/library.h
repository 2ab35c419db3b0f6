/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries found at run time. Layer: base. */
#ifndef EL_BASE_LIBRARY_H
#define EL_BASE_LIBRARY_H
#include <stddef.h>

#include "energylens/error.h"

/* A function and where its address goes. */
typedef struct el_symbol {
    const char *name;  /* the versioned one */
    const char *older; /* taken where that is not there; or NULL */
    void *function;    /* address of a function pointer */
    int optional;      /* stays NULL where neither is there */
} el_symbol;

/*
 * Opens $variable where it is set and not empty, else soname. The library
 * stays loaded for good: drivers do not outlive being unloaded.
 * EL_E_DEVICE: it or one of the n functions is not there.
 */
EL_NODISCARD el_status el_library_open(const char *variable, const char *soname,
                                       const el_symbol *symbol, size_t n,
                                       el_error *err);
#endif
