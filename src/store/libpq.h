/* SPDX-License-Identifier: Apache-2.0 */
/* libpq, found at run time: linked, it and the libraries behind it would cost
 * every start of the program some 10 ms. Layer: store. */
#ifndef EL_STORE_LIBPQ_H
#define EL_STORE_LIBPQ_H
#include <libpq-fe.h> /* prototypes and constants; nothing is linked */

#include "energylens/error.h"

typedef struct el_libpq {
    PGconn *(*connect)(const char *const *, const char *const *, int);
    void (*finish)(PGconn *);
    ConnStatusType (*status)(const PGconn *);
    char *(*message)(const PGconn *);
    PQnoticeProcessor (*notices)(PGconn *, PQnoticeProcessor, void *);
    PGresult *(*exec)(PGconn *, const char *);
    int (*send)(PGconn *, const char *, int, const Oid *, const char *const *,
                const int *, const int *, int);
    int (*one_by_one)(PGconn *);
    PGresult *(*result)(PGconn *);
    ExecStatusType (*result_status)(const PGresult *);
    char *(*result_field)(const PGresult *, int);
    void (*clear)(PGresult *);
    char *(*value)(const PGresult *, int, int);
    int (*is_null)(const PGresult *, int, int);
    int (*put)(PGconn *, const char *, int);
    int (*put_end)(PGconn *, const char *);
    PGcancel *(*cancel_of)(PGconn *);
    int (*cancel)(PGcancel *, char *, int);
    void (*cancel_free)(PGcancel *);
} el_libpq;

/* EL_E_DEVICE: no such library ($EL_PQ_PATH). */
EL_NODISCARD el_status el_libpq_load(el_libpq *f, el_error *err);

#endif
