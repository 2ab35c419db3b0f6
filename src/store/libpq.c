/* SPDX-License-Identifier: Apache-2.0 */
#include "store/libpq.h"

#include "base/library.h"

el_status el_libpq_load(el_libpq *f, el_error *err)
{
    const el_symbol wanted[] = {
        {"PQconnectdbParams", NULL, &f->connect, 0},
        {"PQfinish", NULL, &f->finish, 0},
        {"PQstatus", NULL, &f->status, 0},
        {"PQerrorMessage", NULL, &f->message, 0},
        {"PQsetNoticeProcessor", NULL, &f->notices, 0},
        {"PQexec", NULL, &f->exec, 0},
        {"PQsendQueryParams", NULL, &f->send, 0},
        {"PQsetSingleRowMode", NULL, &f->one_by_one, 0},
        {"PQgetResult", NULL, &f->result, 0},
        {"PQresultStatus", NULL, &f->result_status, 0},
        {"PQresultErrorField", NULL, &f->result_field, 0},
        {"PQclear", NULL, &f->clear, 0},
        {"PQgetvalue", NULL, &f->value, 0},
        {"PQgetisnull", NULL, &f->is_null, 0},
        {"PQputCopyData", NULL, &f->put, 0},
        {"PQputCopyEnd", NULL, &f->put_end, 0},
        {"PQgetCancel", NULL, &f->cancel_of, 0},
        {"PQcancel", NULL, &f->cancel, 0},
        {"PQfreeCancel", NULL, &f->cancel_free, 0},
    };

    return el_library_open("EL_PQ_PATH", "libpq.so.5", wanted,
                           sizeof wanted / sizeof *wanted, err);
}
