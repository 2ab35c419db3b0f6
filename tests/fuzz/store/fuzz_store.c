/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a store's file: opened, checked and read without harm. What
 * check calls clean can be exported, and its table be read. */
#include "el_fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/csv.h"
#include "io/file_hash.h"
#include "store/check.h"
#include "store/export.h"

#define MAX_SIZE 65536u /* bounds the work: more pages say nothing new */

static const char *path_of(const char *tail)
{
    static char path[64];

    (void)snprintf(path, sizeof path, "%s/el_fuzz_store.%ld%s",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp",
                   (long)getpid(), tail);
    return path;
}

static void write_file(const uint8_t *data, size_t size)
{
    int fd = open(path_of(""), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    require(close(fd) == 0);
}

static el_status append(void *ctx, const char *text, size_t len, el_error *err)
{
    (void)err;
    el_buf_add_n(ctx, text, len);
    return EL_OK;
}

/* Sizes that damage asks for are no memory to SQLite. */
static bool is_told(el_status st, const el_error *err)
{
    return (st == EL_E_DATA || st == EL_E_IO || st == EL_E_VERSION ||
            st == EL_E_NOMEM) &&
           *err->message && !strchr(err->message, '\n');
}

static void export_all(el_store *store, bool clean, el_error *err)
{
    static const el_store_filter all = {.run = 0};
    el_status st = EL_OK;

    for (el_store_export_what w = EL_EXPORT_RUNS;
         w <= EL_EXPORT_SAMPLES && st == EL_OK; w++) {
        el_buf text = {0};
        el_csv *csv = NULL;
        size_t n = 0;

        st = el_store_export(store, w, &all, NULL, append, &text, &n, err);
        require(st == EL_OK || (!clean && is_told(st, err)));
        if (st == EL_OK) {
            require(el_csv_parse(el_buf_text(&text), text.len, "f", &csv,
                                 NULL) == EL_OK);
            require(el_csv_n_records(csv) == n);
        }
        el_csv_free(csv);
        el_buf_clear(&text);
    }
}

static void read_store(void)
{
    el_store *store = NULL;
    el_buf said = {0};
    el_error err = {.status = EL_OK};
    el_status st = el_store_open(path_of(""), EL_STORE_READ, &store, &err);

    require(st == EL_OK || is_told(st, &err));
    if (st == EL_OK) {
        st = el_store_check(store, NULL, &said, &err);
        require(st == EL_OK || is_told(st, &err));
        export_all(store, st == EL_OK && said.len == 0, &err);
    }
    el_buf_clear(&said);
    el_store_close(store);
    require(el_mem_live() == 0);
}

/* May make or migrate one where READ refused. */
static void write_store(void)
{
    el_store *store = NULL;
    el_error err = {.status = EL_OK};
    el_status st = el_store_open(path_of(""), EL_STORE_WRITE, &store, &err);

    require(st == EL_OK || is_told(st, &err));
    el_store_close(store);
    require(el_mem_live() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const tail[] = {"-wal", "-shm", "-journal", ""};

    if (size > MAX_SIZE)
        return 0;
    write_file(data, size);
    read_store();
    if (el_hash_bytes(EL_HASH_START, data, size) % 4 == 0)
        write_store(); /* not each: it makes files, which is slow */
    for (size_t i = 0; i < sizeof tail / sizeof *tail; i++)
        (void)unlink(path_of(tail[i]));
    return 0;
}
