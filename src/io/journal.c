/* SPDX-License-Identifier: Apache-2.0 */
#include "io/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "energylens/text.h"
#include "io/file.h"
#include "io/file_hash.h"

#define MAX_BYTES ((size_t)1 << 32)
#define HASH_LEN  16u /* hexadecimal digits, then a space */

static el_status fail_errno(el_error *err, const char *path, int code)
{
    char text[128] = "unknown error";

    (void)strerror_r(code, text, sizeof text);
    return el_fail(err, EL_E_IO, "%s: %s", path, text);
}

static void print_hash(const char *line, size_t len, char out[HASH_LEN + 2])
{
    (void)snprintf(out, HASH_LEN + 2, "%016" PRIx64 " ",
                   el_hash_bytes(EL_HASH_START, line, len));
}

/* The text behind the hash, cut at its end; NULL where they do not agree. */
static char *check_line(char *line, char *end)
{
    char hash[HASH_LEN + 2];
    char *text = line + HASH_LEN + 1;

    if (end <= text)
        return NULL;
    print_hash(text, (size_t)(end - text), hash);
    if (memcmp(line, hash, HASH_LEN + 1) != 0)
        return NULL;
    *end = '\0';
    return text;
}

/* Whole lines of j->text; *whole: bytes up to the last one's end. */
static el_status read_lines(el_journal *j, const char *head, size_t len,
                            size_t *whole, el_error *err)
{
    size_t cap = 0, n = 0;

    *whole = 0;
    for (char *at = j->text, *end; (end = strchr(at, '\n')); at = end + 1) {
        char *text = check_line(at, end);

        if (n == 0 && (!text || strcmp(text, head) != 0))
            break;
        if (!text && end + 1 < j->text + len)
            return el_fail(err, EL_E_DATA, "%s:%zu: damaged", j->path, n + 1);
        if (!text)
            break;
        *whole = (size_t)(end + 1 - j->text);
        if (n++ == 0)
            continue;
        const char **line = el_grow(j->line, &cap, n - 1, sizeof *line);
        if (!line)
            return el_fail(err, EL_E_NOMEM, "%s: %zu lines", j->path, n);
        j->line = line;
        j->line[j->n_line++] = text;
    }
    if (len > 0 && *whole == 0)
        return el_fail(err, EL_E_DATA,
                       "%s: not of this run (another table, other options or "
                       "another version wrote it); without --resume it begins "
                       "anew",
                       j->path);
    return EL_OK;
}

/* Only a journal is overwritten: a wrong name must not cost a table. */
static el_status check_overwrite(const el_journal *j, size_t len, el_error *err)
{
    char *end = strchr(j->text, '\n');

    if (len == 0 || (end && check_line(j->text, end)))
        return EL_OK;
    return el_fail(err, EL_E_DATA, "%s: is another file, not overwritten",
                   j->path);
}

/* *whole: bytes to go on behind. */
static el_status look(el_journal *j, const char *head, bool resume,
                      size_t *whole, el_error *err)
{
    size_t len = 0;
    el_status st;

    if (access(j->path, F_OK) != 0 && errno == ENOENT)
        return EL_OK;
    st = el_file_read(j->path, MAX_BYTES, &j->text, &len, err);
    if (st != EL_OK)
        return st;
    return resume ? read_lines(j, head, len, whole, err)
                  : check_overwrite(j, len, err);
}

el_status el_journal_open(const char *path, const char *head, bool resume,
                          el_journal *out, el_error *err)
{
    el_journal j = {.path = path};
    size_t whole = 0;
    el_status st = look(&j, head, resume, &whole, err);

    if (st == EL_OK) {
        j.file = fopen(path, "ae");
        if (!j.file || ftruncate(fileno(j.file), (off_t)whole) != 0)
            st = fail_errno(err, path, errno);
    }
    if (st == EL_OK && whole == 0)
        st = el_journal_add(&j, head, err);
    if (st == EL_OK)
        *out = j;
    else
        el_journal_close(&j);
    return st;
}

el_status el_journal_add(const el_journal *journal, const char *line,
                         el_error *err)
{
    char hash[HASH_LEN + 2];
    el_buf text = {0};
    el_status st = EL_OK;
    int code = 0;

    print_hash(line, strlen(line), hash);
    el_buf_add(&text, hash);
    el_buf_add(&text, line);
    el_buf_add(&text, "\n");
    if (!el_buf_ok(&text))
        st = el_fail(err, EL_E_NOMEM, "%s: a line", journal->path);
    else if (fwrite(text.text, 1, text.len, journal->file) != text.len ||
             fflush(journal->file) != 0)
        code = errno;
    el_buf_clear(&text);
    return code ? fail_errno(err, journal->path, code) : st;
}

void el_journal_close(el_journal *journal)
{
    if (journal->file)
        (void)fclose(journal->file);
    el_free(journal->line);
    el_free(journal->text);
    memset(journal, 0, sizeof *journal);
}
