/* SPDX-License-Identifier: Apache-2.0 */
#include "app/tables.h"

#include <string.h>

static el_status append(void *ctx, const char *text, size_t len, el_error *err)
{
    el_buf_add_n(ctx, text, len);
    return el_buf_ok(ctx) ? EL_OK
                          : el_fail(err, EL_E_NOMEM, "store: out of memory");
}

static el_status hash_on(void *ctx, const char *text, size_t len, el_error *err)
{
    uint64_t *h = ctx;

    (void)err;
    *h = el_hash_bytes(*h, text, len);
    return EL_OK;
}

el_status el_tables_csv(const char *path, const el_task *task, el_csv **out,
                        el_error *err)
{
    char name[EL_STORE_NAME];
    el_buf text = {0};
    el_status st;

    if (!el_store_is_one(path))
        return el_csv_read(path, out, err);
    st = el_store_table(path, task, append, &text, name, err);
    if (st == EL_OK)
        st = el_csv_parse(el_buf_text(&text), text.len, name, out, err);
    el_buf_clear(&text);
    return st;
}

el_status el_tables_read(const char *const *path, size_t n_path,
                         el_table_use use, const el_task *task, el_table **out,
                         el_error *err)
{
    el_table *table = NULL;
    el_status st = el_table_new(&table, err);

    for (size_t i = 0; i < n_path && st == EL_OK; i++) {
        el_csv *csv = NULL;

        st = el_tables_csv(path[i], task, &csv, err);
        if (st == EL_OK)
            st = el_table_add_csv(table, csv, use, task, err);
        el_csv_free(csv);
    }
    if (st == EL_OK)
        *out = table;
    else
        el_table_free(table);
    return st;
}

el_status el_tables_hash(const char *const *path, size_t n_path,
                         char hash[EL_HASH_LEN], el_error *err)
{
    char name[EL_STORE_NAME];
    uint64_t h = EL_HASH_START;
    el_status st = EL_OK;

    hash[0] = '\0';
    for (size_t i = 0; i < n_path; i++)
        if (strcmp(path[i], "-") == 0)
            return EL_OK; /* a stream is read only once */
    for (size_t i = 0; i < n_path && st == EL_OK; i++)
        st = el_store_is_one(path[i])
                 ? el_store_table(path[i], NULL, hash_on, &h, name, err)
                 : el_hash_file(path[i], &h, err);
    if (st == EL_OK)
        el_hash_print(h, hash);
    return st;
}

void el_tables_name(const char *path, char out[EL_STORE_NAME])
{
    const bool server = strstr(path, "://") != NULL && el_store_is_one(path);
    const char *slash = strrchr(path, '/');

    if (server) {
        path = strstr(path, "://") + 3;
        slash = strchr(path, '/');
    }
    if (strcmp(path, "-") == 0)
        path = "standard input";
    el_str_copy(out, EL_STORE_NAME, slash ? slash + 1 : path);
    if (server)
        out[strcspn(out, "?@")] = '\0';
    if (server && (!slash || !*out))
        el_str_copy(out, EL_STORE_NAME, "postgresql");
}
