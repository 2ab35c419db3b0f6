/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever a file holds, going on with it ends with a status and
 * nothing allocated; a file that is gone on with keeps its lines, and one more
 * can be added; one that is refused stays as it was.
 */
#include "el_fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"
#include "io/journal.h"

#define HEAD "a journal of tests"

static char path[] = "/tmp/el_fuzz_journal_XXXXXX";

static void leave(void)
{
    (void)unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    int fd = mkstemp(path);

    (void)argc;
    (void)argv;
    require(fd >= 0 && close(fd) == 0);
    require(atexit(leave) == 0);
    return 0;
}

static void fill(const uint8_t *data, size_t size)
{
    FILE *f = fopen(path, "w");

    require(f && fwrite(data, 1, size, f) == size && fclose(f) == 0);
}

static void go_on(size_t n)
{
    el_journal j;

    require(el_journal_open(path, HEAD, true, &j, NULL) == EL_OK);
    require(j.n_line == n);
    require(el_journal_add(&j, "another line", NULL) == EL_OK);
    el_journal_close(&j);
    require(el_journal_open(path, HEAD, true, &j, NULL) == EL_OK);
    require(j.n_line == n + 1);
    require(strcmp(j.line[n], "another line") == 0);
    el_journal_close(&j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_error err = {0};
    char *text = NULL;
    size_t len = 0;
    el_journal j;

    fill(data, size);
    if (el_journal_open(path, HEAD, true, &j, &err) == EL_OK) {
        size_t n = j.n_line;

        el_journal_close(&j);
        go_on(n);
    } else {
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
        require(el_file_read(path, size + 1, &text, &len, NULL) == EL_OK);
        require(len == size && memcmp(text, data, size) == 0);
        el_free(text);
    }
    require(el_mem_live() == 0);
    return 0;
}
