/* SPDX-License-Identifier: Apache-2.0 */
/** @file energylens/error.h  @brief Status codes, error detail. Layer: base. */
#ifndef EL_ERROR_H
#define EL_ERROR_H
#include "energylens/api.h"

EL_API_BEGIN

/* name, value (stable: printed in JSON, mapped to exit codes), text */
#define EL_STATUS_LIST(X)                                                      \
    X(EL_OK, 0, "success")                                                     \
    X(EL_E_NOMEM, 1, "out of memory")                                          \
    X(EL_E_ARG, 2, "invalid argument")                                         \
    X(EL_E_DATA, 3, "malformed or inconsistent input data")                    \
    X(EL_E_IO, 4, "input/output failure")                                      \
    X(EL_E_DEVICE, 5, "device or endpoint unavailable")                        \
    X(EL_E_NUMERIC, 6, "numerical failure")                                    \
    X(EL_E_VERSION, 7, "unsupported format version")                           \
    X(EL_E_CANCELLED, 8, "stopped on request")

typedef enum el_status {
#define X(name, value, text) name = (value),
    EL_STATUS_LIST(X)
#undef X
} el_status;

/** Caller-allocated; every function that takes one accepts NULL. */
typedef struct el_error {
    el_status status;
    char message[512]; /* one line, no trailing newline, never empty on error */
} el_error;

#define EL_NODISCARD    __attribute__((warn_unused_result))
#define EL_PRINTF(f, a) __attribute__((format(printf, f, a)))

const char *el_status_text(el_status status);

/** Record detail in *err when err != NULL; return status unchanged. */
el_status el_fail(el_error *err, el_status status, const char *fmt, ...)
    EL_PRINTF(3, 4);

/* An analyser sees no other file: it would think that a failure may be EL_OK */
#ifdef __clang_analyzer__
static inline el_status el_failed(el_status status, el_status returned)
{
    (void)returned;
    return status;
}
/* NOLINTNEXTLINE(readability-identifier-naming) */
#define el_fail(err, status, ...)                                              \
    el_failed(status, el_fail(err, status, __VA_ARGS__))
#endif

EL_API_END

#endif
