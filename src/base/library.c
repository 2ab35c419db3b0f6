/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef void (*any_function)(void);

/* POSIX lets a function pointer travel as void *; C17 wants bytes copied. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = name ? dlsym(library, name) : NULL;

    if (symbol)
        memcpy(function, &symbol, sizeof(any_function));
    return symbol != NULL;
}

el_status el_library_open(const char *variable, const char *soname,
                          const el_symbol *symbol, size_t n, el_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables here */
    const char *path = getenv(variable);
    void *library;

    if (!path || !*path)
        path = soname;
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return el_fail(err, EL_E_DEVICE, "%s is not there", path);
    for (size_t i = 0; i < n; i++) {
        if (find(library, symbol[i].name, symbol[i].function) ||
            find(library, symbol[i].older, symbol[i].function) ||
            symbol[i].optional)
            continue;
        (void)dlclose(library);
        return el_fail(err, EL_E_DEVICE, "%s: no function %s", path,
                       symbol[i].name);
    }
    (void)dlclose(library); /* RTLD_NODELETE: only the count goes down */
    return EL_OK;
}
