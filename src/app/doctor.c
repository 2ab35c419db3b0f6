/* SPDX-License-Identifier: Apache-2.0 */
#include "app/doctor.h"

#include <dlfcn.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "energylens/version.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define BUILD "address sanitizer"
#elif defined(__SANITIZE_THREAD__)
#define BUILD "thread sanitizer"
#elif defined(NDEBUG)
#define BUILD "optimized, no assertions"
#else
#define BUILD "with assertions"
#endif

typedef const char *(*text_fn)(void);

const char *el_version(void)
{
    return EL_VERSION;
}

/* C has no cast from a data to a function pointer; POSIX has this copy. */
static text_fn text_symbol(void *library, const char *name)
{
    void *address = dlsym(library, name);
    text_fn fn;

    memcpy(&fn, &address, sizeof fn);
    return fn;
}

static void found(el_doctor_item *item, const char *what)
{
    item->found = true;
    el_str_copy(item->detail, sizeof item->detail, what);
}

/* Must follow the failed dlopen at once. */
static void missing(el_doctor_item *item)
{
    const char *why = dlerror(); /* NOLINT(concurrency-mt-unsafe): per thread */

    item->found = false;
    el_str_copy(item->detail, sizeof item->detail, why ? why : "not found");
}

static void check_jansson(el_doctor_item *item)
{
    *item = (el_doctor_item){.name = "jansson", .needed_for = "JSON"};
    found(item, jansson_version_str());
}

/* OpenBLAS stands behind LAPACK on most systems, but any LAPACK will do. */
static void check_blas(el_doctor_item *item)
{
    void *self = dlopen(NULL, RTLD_LAZY);
    text_fn config = self ? text_symbol(self, "openblas_get_config") : NULL;

    *item = (el_doctor_item){.name = "lapack", .needed_for = "fits"};
    if (config)
        found(item, config());
    else
        found(item, "linked; not OpenBLAS");
    if (self)
        dlclose(self);
}

static void check_cairo(el_doctor_item *item)
{
    void *library = dlopen("libcairo.so.2", RTLD_LAZY | RTLD_LOCAL);
    text_fn version =
        library ? text_symbol(library, "cairo_version_string") : NULL;

    *item = (el_doctor_item){.name = "cairo", .needed_for = "PNG charts"};
    if (version)
        found(item, version());
    else
        missing(item);
    /* never dlclose: fontconfig leaves state behind that would be reloaded */
}

void el_app_doctor(el_doctor *out)
{
    long page = sysconf(_SC_PAGESIZE);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    long pages = sysconf(_SC_PHYS_PAGES);

    *out = (el_doctor){.version = el_version(),
                       .compiler = COMPILER,
                       .build = BUILD,
                       .n_cores = cores > 0 ? cores : 0,
                       .memory_bytes = page > 0 && pages > 0
                                           ? (double)page * (double)pages
                                           : (double)NAN};
    check_jansson(&out->item[0]);
    check_blas(&out->item[1]);
    check_cairo(&out->item[2]);
}
