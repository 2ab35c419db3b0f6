/* SPDX-License-Identifier: Apache-2.0 */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define FIRST_PIECE 65536u /* of a stream, doubled as it goes on */

/* "path: No such file or directory" from errno. */
static el_status fail_errno(el_error *err, const char *path, int code)
{
    char text[128] = "unknown error";

    (void)strerror_r(code, text, sizeof text);
    return el_fail(err, EL_E_IO, "%s: %s", path, text);
}

el_status el_stream_open(const char *path, el_stream *out, el_error *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    const char *shown = is_stdin ? "standard input" : path;
    struct stat info;
    int code = 0;
    int fd;

    fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(err, shown, errno);
    if (fstat(fd, &info) != 0)
        code = errno;
    else if (S_ISDIR(info.st_mode))
        code = EISDIR;
    if (code) {
        if (!is_stdin)
            (void)close(fd);
        return fail_errno(err, shown, code);
    }
    out->fd = fd;
    out->path = shown;
    out->size =
        S_ISREG(info.st_mode) && info.st_size > 0 ? (size_t)info.st_size : 0;
    return EL_OK;
}

el_status el_stream_fill(const el_stream *source, char *buf, size_t cap,
                         size_t *n, el_error *err)
{
    size_t have = 0;

    while (have < cap) {
        ssize_t got = read(source->fd, buf + have, cap - have);

        if (got == 0)
            break;
        if (got > 0)
            have += (size_t)got;
        else if (errno != EINTR)
            return fail_errno(err, source->path, errno);
    }
    *n = have;
    return EL_OK;
}

void el_stream_close(el_stream *source)
{
    if (source->fd > STDIN_FILENO)
        (void)close(source->fd);
    source->fd = -1;
}

/* Room for cap bytes and a NUL, keeping the first len. */
static el_status grow(char **data, size_t len, size_t cap, const char *path,
                      el_error *err)
{
    char *bigger = el_array(cap + 1, 1);

    if (!bigger) {
        (void)el_fail(err, EL_E_NOMEM, "%s: %zu bytes", path, cap);
        return EL_E_NOMEM;
    }
    if (*data)
        memcpy(bigger, *data, len);
    el_free(*data);
    *data = bigger;
    return EL_OK;
}

/*
 * One byte more than the size (or the limit) is asked for, so that the end is
 * seen; the file may be a stream or may be growing, so the size is a hint.
 */
static el_status read_all(const el_stream *source, size_t max_bytes,
                          char **data, size_t *len, el_error *err)
{
    size_t cap = source->size ? source->size + 1 : FIRST_PIECE;
    el_status st = EL_OK;

    for (;;) {
        size_t n = 0;

        if (cap > max_bytes)
            cap = max_bytes + 1;
        st = grow(data, *len, cap, source->path, err);
        if (st == EL_OK)
            st = el_stream_fill(source, *data + *len, cap - *len, &n, err);
        if (st != EL_OK)
            return st;
        *len += n;
        if (*len > max_bytes)
            return el_fail(err, EL_E_DATA, "%s: larger than %zu bytes",
                           source->path, max_bytes);
        if (*len < cap)
            return EL_OK;
        cap *= 2;
    }
}

el_status el_file_read(const char *path, size_t max_bytes, char **data,
                       size_t *len, el_error *err)
{
    el_stream source = {-1, NULL, 0};
    char *bytes = NULL;
    size_t n = 0;
    el_status st;

    if (!path || !data || !len || max_bytes > SIZE_MAX / 4)
        return el_fail(err, EL_E_ARG, "file read: NULL or a limit too large");
    st = el_stream_open(path, &source, err);
    if (st != EL_OK)
        return st;
    st = read_all(&source, max_bytes, &bytes, &n, err);
    el_stream_close(&source);
    if (st != EL_OK) {
        el_free(bytes);
        return st;
    }
    bytes[n] = '\0';
    *data = bytes;
    *len = n;
    return EL_OK;
}
