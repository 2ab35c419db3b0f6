/* SPDX-License-Identifier: Apache-2.0 */
/* What PostgreSQL says is wrong, as one of our statuses. */
#include <stdio.h>
#include <string.h>

#include "store/postgres.h"

/* By the class of SQLSTATE. */
static el_status status_of(const char *state)
{
    static const struct {
        char begin[6];
        el_status status;
    } known[] = {{"53200", EL_E_NOMEM}, {"57014", EL_E_CANCELLED},
                 {"57P", EL_E_DEVICE},  {"08", EL_E_DEVICE},
                 {"22", EL_E_DATA},     {"23", EL_E_DATA},
                 {"42501", EL_E_IO},    {"42", EL_E_DATA}, /* no such table */
                 {"XX001", EL_E_DATA},  {"XX002", EL_E_DATA}};

    for (size_t i = 0; state && i < sizeof known / sizeof *known; i++)
        if (strncmp(state, known[i].begin, strlen(known[i].begin)) == 0)
            return known[i].status;
    return EL_E_IO;
}

/* The first line of what the server says. */
static el_status fail(const el_postgres *s, el_status st, const char *said,
                      el_error *err)
{
    size_t n = strcspn(said, "\r\n");

    return el_fail(err, st, "%s: %.*s", s->name, (int)(n < 300 ? n : 300),
                   n ? said : "no connection");
}

/* Of an address that it cannot read libpq quotes the part, password and all:
 * what follows the colon is left out. */
el_status el_postgres_fail(const el_postgres *s, el_error *err)
{
    const char *said = s->f.message(s->conn);
    const char *quote = strstr(said, ": \"");
    char text[256];

    if (!quote || (!strstr(said, "URI") && !strstr(said, "percent-encoded")))
        return fail(s, EL_E_DEVICE, said, err);
    (void)snprintf(text, sizeof text, "%.*s", (int)(quote - said), said);
    return fail(s, EL_E_ARG, text, err);
}

el_status el_postgres_judge(const el_postgres *s, PGresult *r, el_error *err)
{
    ExecStatusType how = r ? s->f.result_status(r) : PGRES_FATAL_ERROR;
    const char *said = NULL;
    el_status st = EL_OK;

    if (!r || s->f.status(s->conn) != CONNECTION_OK)
        st = el_postgres_fail(s, err);
    else if (how == PGRES_FATAL_ERROR || how == PGRES_BAD_RESPONSE) {
        said = s->f.result_field(r, PG_DIAG_MESSAGE_PRIMARY);
        st = fail(s, status_of(s->f.result_field(r, PG_DIAG_SQLSTATE)),
                  said ? said : s->f.message(s->conn), err);
    }
    if (r)
        s->f.clear(r);
    return st;
}
