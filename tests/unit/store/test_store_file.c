/* SPDX-License-Identifier: Apache-2.0 */
/* What only a file can suffer: kill -9, other programs' files, damage,
 * read-only folders, no memory. */
#include "el_store_sample.h"
#include "el_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "store/check.h"
#include "store/export.h"
#include "store/merge.h"

#define N_KILL 50
#define N_FLIP 400

static char path[80];

static int setup(void **state)
{
    int bad = sample_setup(state);

    (void)snprintf(path, sizeof path, "%s/a.db", sample_dir);
    *state = path; /* also where EL_TEST_STORE names a server */
    return bad;
}

static int teardown(void **state)
{
    (void)state;
    sample_remove(path);
    return rmdir(sample_dir);
}

static el_store *open_file(el_store_use use)
{
    el_store *store = NULL;
    el_error err = {0};

    if (el_store_open(path, use, &store, &err) != EL_OK)
        fail_msg("%s", err.message);
    return store;
}

static void write_bytes(const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static char *read_bytes(size_t *n)
{
    struct stat info;
    char *bytes;
    FILE *f = fopen(path, "rb");

    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &info), 0);
    *n = (size_t)info.st_size;
    bytes = malloc(*n);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *n, f), *n);
    assert_int_equal(fclose(f), 0);
    return bytes;
}

/* --- kill -9 -------------------------------------------------------------- */

/* Writes runs until it is killed. */
static void write_for_ever(int ready)
{
    el_store *store = NULL;
    sample_run s;
    bool is_new;

    if (el_store_open(path, EL_STORE_WRITE, &store, NULL) != EL_OK)
        _exit(1);
    sample_run_make(&s, 1);
    s.run.started_utc_s = (double)getpid();
    for (unsigned i = 1;; i++) {
        s.run.repeat = i;
        if (i == 2 && write(ready, "", 1) != 1)
            _exit(1);
        if (sample_run_try(store, &s, &is_new, NULL) != EL_OK)
            _exit(1);
    }
}

static void kill_one(uint64_t *seed)
{
    const struct timespec wait = {
        0, (long)el_test_unif(seed, 0, 8e6)}; /* a run takes 1 ms or so */
    int ready[2], status;
    char byte;
    pid_t child;

    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        write_for_ever(ready[1]);
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    (void)nanosleep(&wait, NULL);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

/* Whatever the instant: it opens, is clean, and holds whole runs alone. */
static void test_kill(void **state)
{
    uint64_t seed = 20261121;
    size_t before = 0;

    (void)state;
    sample_remove(path);
    for (int i = 0; i < N_KILL; i++) {
        el_store_campaign_seen c;
        el_buf said = {0};
        el_store *store;

        kill_one(&seed);
        store = open_file(i % 2 ? EL_STORE_READ : EL_STORE_WRITE);
        assert_int_equal(el_store_check(store, NULL, &said, NULL), EL_OK);
        assert_string_equal(el_buf_text(&said), "");
        assert_int_equal(only_campaign(store, &c), 1);
        assert_true(c.runs.n_complete > before); /* the first was committed */
        assert_int_equal(c.n_sample, c.runs.n_complete * 2 * N_SAMPLE);
        before = c.runs.n_complete;
        el_store_close(store);
    }
}

/* --- files of others ------------------------------------------------------ */

static void assert_refused(el_status want, const char *what)
{
    for (el_store_use use = EL_STORE_READ; use <= EL_STORE_WRITE; use++) {
        el_store *store = NULL;
        el_error err = {0};
        el_status st = el_store_open(path, use, &store, &err);

        assert_int_equal(st, want);
        assert_null(store);
        assert_non_null(strstr(err.message, what));
        assert_null(strchr(err.message, '\n'));
        assert_int_equal(strncmp(err.message, path, strlen(path)), 0);
    }
}

static void test_foreign(void **state)
{
    static const char table[] = "model,gpu,tp\nLlama,H100,1\nmore, than, that\n"
                                "a table is no database at all, it is text\n";
    sqlite3 *db = NULL;
    char *before, *after;
    size_t n, n_after;

    (void)state;
    sample_remove(path);
    write_bytes(table, sizeof table - 1);
    assert_refused(EL_E_DATA, "no store: not a database");
    assert_false(el_store_is_one(path));

    sample_remove(path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "CREATE TABLE run(x); INSERT INTO run VALUES(1)", NULL,
                     NULL, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    before = read_bytes(&n);
    assert_refused(EL_E_DATA, "no store: a database of another program");
    after = read_bytes(&n_after); /* and is left alone */
    assert_int_equal(n, n_after);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
    sample_remove(path);
}

static void test_not_there(void **state)
{
    el_store *store = NULL;
    el_error err = {0};

    (void)state;
    sample_remove(path);
    assert_int_equal(el_store_open(path, EL_STORE_READ, &store, &err), EL_E_IO);
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(access(path, F_OK), -1);
    write_bytes("", 0);
    assert_int_equal(el_store_open(path, EL_STORE_READ, &store, &err),
                     EL_E_DATA);
    assert_non_null(strstr(err.message, "no store: empty"));
    assert_int_equal(el_store_open(sample_dir, EL_STORE_READ, &store, &err),
                     EL_E_IO);
    assert_int_equal(
        el_store_open("/no/such/folder/a.db", EL_STORE_WRITE, &store, &err),
        EL_E_IO);
    assert_int_equal(el_store_open("", EL_STORE_WRITE, &store, &err), EL_E_ARG);
    assert_int_equal(el_store_open(":memory:", EL_STORE_WRITE, &store, &err),
                     EL_E_ARG);
    assert_false(el_store_is_one(sample_dir));
    assert_false(el_store_is_one(path));
    store = open_file(EL_STORE_WRITE); /* an empty file becomes one */
    el_store_close(store);
    assert_true(el_store_is_one(path));
}

/* --- damage --------------------------------------------------------------- */

static el_status to_buffer(void *ctx, const char *text, size_t len,
                           el_error *err)
{
    (void)err;
    el_buf_add_n(ctx, text, len);
    return EL_OK;
}

/* True where opening, checking or reading told; else *all is what it holds. */
static bool tells(el_buf *all)
{
    static const el_store_filter filter = {.run = 0};
    el_store *store = NULL;
    el_buf said = {0};
    size_t n;
    el_error err = {0};
    el_status st = el_store_open(path, EL_STORE_READ, &store, &err);

    el_buf_clear(all);
    if (st == EL_OK)
        st = el_store_check(store, NULL, &said, &err);
    if (st == EL_OK && said.len > 0)
        st = EL_E_DATA;
    for (el_store_export_what w = EL_EXPORT_RUNS;
         st == EL_OK && w <= EL_EXPORT_SAMPLES; w++)
        st = el_store_export(store, w, &filter, NULL, to_buffer, all, &n, &err);
    el_buf_clear(&said);
    el_store_close(store);
    assert_true(st == EL_OK || st == EL_E_DATA || st == EL_E_IO);
    return st != EL_OK;
}

/* Every truncation is told; so is a flipped bit, unless it changes nothing. */
static void test_damage(void **state)
{
    uint64_t seed = 7;
    sample_run s;
    el_store *store;
    el_buf whole = {0}, now = {0};
    char *bytes;
    size_t n, told = 0;

    (void)state;
    sample_remove(path);
    store = open_file(EL_STORE_WRITE);
    sample_run_make(&s, 1);
    sample_run_write(store, &s, true);
    el_store_close(store);
    assert_false(tells(&whole));
    bytes = read_bytes(&n);
    for (size_t cut = 1024; cut < n; cut += 1024) {
        write_bytes(bytes, cut);
        assert_true(tells(&now));
    }
    for (int i = 0; i < N_FLIP; i++) {
        size_t at = (size_t)el_test_unif(&seed, 0, (double)n);

        while (bytes[at] == 0) /* most of a small store is empty room */
            at = (at + 1) % n;
        bytes[at] = (char)((unsigned char)bytes[at] ^ 1u << (i % 8));
        write_bytes(bytes, n);
        if (tells(&now))
            told++;
        else
            assert_string_equal(el_buf_text(&now), el_buf_text(&whole));
        bytes[at] = (char)((unsigned char)bytes[at] ^ 1u << (i % 8));
    }
    assert_true(told > N_FLIP / 4);
    print_message("%zu of %d flipped bits told\n", told, N_FLIP);
    el_buf_clear(&whole);
    el_buf_clear(&now);
    free(bytes);
    sample_remove(path);
}

/* --- folders -------------------------------------------------------------- */

/* A store on a read-only disk is read in place, without files beside it. */
static void test_read_only_folder(void **state)
{
    sample_run s;
    el_store *store;
    el_store_campaign_seen c;
    const bool root = geteuid() == 0;
    char beside[96];

    (void)state;
    sample_remove(path);
    store = open_file(EL_STORE_WRITE);
    sample_run_make(&s, 1);
    sample_run_write(store, &s, true);
    el_store_close(store);
    (void)snprintf(beside, sizeof beside, "%s-wal", path);
    assert_int_equal(access(beside, F_OK), -1);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(chmod(sample_dir, 0555), 0);
    if (root) /* whom modes do not stop */
        assert_int_equal(seteuid(65534), 0);
    store = open_file(EL_STORE_READ);
    assert_int_equal(only_campaign(store, &c), 1);
    assert_int_equal(c.n_sample, 2 * N_SAMPLE);
    el_store_close(store);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(sample_dir, 0700), 0);
    assert_int_equal(access(beside, F_OK), -1);
}

/* --- memory --------------------------------------------------------------- */

#define HEAD 16u /* keeps what follows aligned */

static void *db_malloc(int n)
{
    char *p = el_array((size_t)n + HEAD, 1);

    if (p)
        *(int *)(void *)p = n;
    return p ? p + HEAD : NULL;
}

static void db_free(void *p)
{
    if (p)
        el_free((char *)p - HEAD);
}

static int db_size(void *p)
{
    return p ? *(int *)(void *)((char *)p - HEAD) : 0;
}

static void *db_realloc(void *p, int n)
{
    void *more = db_malloc(n);

    if (!more)
        return NULL;
    memcpy(more, p, (size_t)(db_size(p) < n ? db_size(p) : n));
    db_free(p);
    return more;
}

static int db_round(int n)
{
    return n;
}

static int db_init(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void db_end(void *ctx)
{
    (void)ctx;
}

static const sqlite3_mem_methods methods = {
    db_malloc, db_free, db_realloc, db_size, db_round, db_init, db_end, NULL};

/* Out of it as CSV, and into another. */
static el_status give_away(el_store *from)
{
    static const el_store_filter all = {.run = 0};
    char copy[96];
    el_store *into = NULL;
    el_store_merged merged;
    el_buf text = {0};
    size_t n;
    el_status st = EL_OK;

    (void)snprintf(copy, sizeof copy, "%s/b.db", sample_dir);
    for (el_store_export_what w = EL_EXPORT_RUNS;
         st == EL_OK && w <= EL_EXPORT_SAMPLES; w++)
        st = el_store_export(from, w, &all, NULL, to_buffer, &text, &n, NULL);
    if (st == EL_OK)
        st = el_store_open(copy, EL_STORE_WRITE, &into, NULL);
    if (st == EL_OK)
        st = el_store_merge(into, from, NULL, &merged, NULL);
    el_store_close(into);
    el_buf_clear(&text);
    sample_remove(copy);
    return st;
}

static el_status whole_life(void)
{
    el_store *store = NULL;
    el_store_loaded loaded;
    sample_run s;
    el_buf said = {0};
    bool is_new;
    el_status st = el_store_open(path, EL_STORE_WRITE, &store, NULL);

    sample_run_make(&s, 1);
    if (st == EL_OK)
        st = sample_run_try(store, &s, &is_new, NULL);
    if (st == EL_OK)
        st = el_store_load(store, 1, &loaded, NULL);
    if (st == EL_OK)
        el_store_loaded_clear(&loaded);
    if (st == EL_OK)
        st = el_store_check(store, NULL, &said, NULL);
    if (st == EL_OK && said.len > 0)
        st = EL_E_DATA;
    el_buf_clear(&said);
    if (st == EL_OK)
        st = give_away(store);
    el_store_close(store);
    return st;
}

/* Every allocation of ours and of SQLite's fails once, from any state that the
 * failure before left behind. */
static void test_no_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    sample_remove(path);
    do {
        if (k % 16 == 0)
            sample_remove(path);
        el_mem_fail_at(k);
        st = whole_life();
        el_mem_fail_at(-1);
        if (st != EL_OK && st != EL_E_NOMEM && st != EL_E_IO)
            fail_msg("allocation %ld: %s", k, el_status_text(st));
        k += k < 400 ? 1 : 7;
    } while (k < 30000 && (st != EL_OK || k < 3000));
    assert_int_equal(st, EL_OK);
    assert_int_equal(whole_life(), EL_OK);
    (void)sqlite3_shutdown();
    assert_int_equal(el_mem_live(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kill),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_not_there),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_read_only_folder),
        cmocka_unit_test(test_no_memory),
    };

    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        return 1;
    return cmocka_run_group_tests_name("store_file", tests, setup, teardown);
}
