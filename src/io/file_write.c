/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"

#define MAX_TEMP_NAMES 100 /* leftovers of killed runs with our process id */
#define TEMP_NAME_SIZE 64u
#define MAX_LINKS      40 /* as the kernel has it */

/* Where the bytes go, with links resolved. */
typedef struct target {
    char path[PATH_MAX];
    bool exists;
    mode_t mode; /* if it exists */
} target;

static el_status fail_errno(el_error *err, const char *path, int code)
{
    char text[128] = "unknown error";

    (void)strerror_r(code, text, sizeof text);
    return el_fail(err, EL_E_IO, "%s: cannot write: %s", path, text);
}

/* What is written: bytes in memory, or a whole file. */
typedef struct source {
    const char *data;
    size_t len;
    FILE *from; /* NULL: data */
} source;

/* Hands the source on, piece by piece; 0 or an errno. */
static int hand_on(const source *s, int (*put)(int fd, const char *, size_t),
                   int fd)
{
    char piece[65536];
    size_t n = sizeof piece;
    int code = 0;

    if (!s->from)
        return put(fd, s->data, s->len);
    if (fseek(s->from, 0, SEEK_SET) != 0)
        return errno;
    while (code == 0 && n == sizeof piece) {
        n = fread(piece, 1, sizeof piece, s->from);
        code = ferror(s->from) ? EIO : put(fd, piece, n);
    }
    return code;
}

static int put_stdout(int fd, const char *data, size_t len)
{
    (void)fd;
    return fwrite(data, 1, len, stdout) == len ? 0 : errno;
}

static el_status write_stdout(const source *s, el_error *err)
{
    /* through stdio, so that it stays in order with what was printed before */
    int code = hand_on(s, put_stdout, -1);

    if (code == 0 && fflush(stdout) != 0)
        code = errno;
    return code ? fail_errno(err, "standard output", code) : EL_OK;
}

/* 0 or an errno. */
static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* A device or FIFO: nothing to replace. */
static int write_direct(const char *path, const source *s)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int code;

    if (fd < 0)
        return errno;
    code = hand_on(s, write_all, fd);
    if (close(fd) != 0 && code == 0)
        code = errno;
    return code;
}

/* Length of the folder part of path, with its slash; 0 if it has none. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Replaces a symbolic link by what it names. 0, EINVAL (no link) or errno. */
static int follow_once(char path[PATH_MAX])
{
    char link[PATH_MAX];
    ssize_t n = readlink(path, link, sizeof link);
    size_t keep;

    if (n < 0)
        return errno;
    keep = n > 0 && link[0] == '/' ? 0 : folder_length(path);
    if (keep + (size_t)n >= PATH_MAX)
        return ENAMETOOLONG;
    memcpy(path + keep, link, (size_t)n);
    path[keep + (size_t)n] = '\0';
    return 0;
}

/* Links are followed, also to a file that is yet to be made. */
static int resolve(const char *path, target *out)
{
    struct stat info;
    int links = 0;
    int code;

    if (strlen(path) >= sizeof out->path)
        return ENAMETOOLONG;
    memcpy(out->path, path, strlen(path) + 1);
    do
        code = follow_once(out->path);
    while (code == 0 && ++links < MAX_LINKS);
    if (code == 0)
        return ELOOP;
    if (code != EINVAL && code != ENOENT)
        return code;
    out->exists = stat(out->path, &info) == 0;
    out->mode = out->exists ? info.st_mode : 0;
    return *path != '\0' ? 0 : ENOENT;
}

/* Creates a new file in the folder of path; its mode obeys the umask. */
static int open_temp(const char *path, char *temp, size_t size, int *fd)
{
    size_t dir = folder_length(path);
    int i;

    memcpy(temp, path, dir);
    for (i = 0; i < MAX_TEMP_NAMES; i++) {
        (void)snprintf(temp + dir, size - dir, ".energylens-%ld-%d.tmp",
                       (long)getpid(), i);
        *fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (*fd >= 0)
            return 0;
        if (errno != EEXIST)
            break;
    }
    return errno;
}

/* The rename itself must reach the disk; not every file system can say so. */
static void sync_folder(char *temp)
{
    size_t dir = folder_length(temp);
    int fd;

    temp[dir] = '\0';
    fd = open(dir > 0 ? temp : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    (void)close(fd);
}

/* temp has room for the folder of to->path and TEMP_NAME_SIZE. */
static int replace(const target *to, char *temp, size_t temp_size,
                   const source *s)
{
    int fd = -1;
    int code = open_temp(to->path, temp, temp_size, &fd);

    if (code)
        return code;
    code = hand_on(s, write_all, fd);
    if (!code && to->exists && fchmod(fd, to->mode & 07777) != 0)
        code = errno;
    if (!code && fsync(fd) != 0)
        code = errno;
    if (close(fd) != 0 && !code)
        code = errno;
    if (!code && rename(temp, to->path) != 0)
        code = errno;
    if (code)
        (void)unlink(temp);
    else
        sync_folder(temp);
    return code;
}

/* 0, or the errno of what stands in the way before anything is written. */
static int obstacle(const target *to)
{
    if (!to->exists)
        return 0;
    if (S_ISDIR(to->mode))
        return EISDIR;
    /* rename needs no permission on the file that it replaces: ask for it */
    return access(to->path, W_OK) != 0 ? errno : 0;
}

static el_status write_path(const target *to, const source *s, const char *path,
                            el_error *err)
{
    size_t temp_size = strlen(to->path) + TEMP_NAME_SIZE;
    char *temp;
    int code = obstacle(to);

    if (code)
        return fail_errno(err, path, code);
    if (to->exists && !S_ISREG(to->mode)) {
        code = write_direct(to->path, s);
        return code ? fail_errno(err, path, code) : EL_OK;
    }
    temp = el_array(temp_size, 1);
    if (!temp)
        return el_fail(err, EL_E_NOMEM, "%s: name of a temporary file", path);
    code = replace(to, temp, temp_size, s);
    el_free(temp);
    return code ? fail_errno(err, path, code) : EL_OK;
}

static el_status write_source(const char *path, const source *s, el_error *err)
{
    target to;
    int code;

    if (strcmp(path, "-") == 0)
        return write_stdout(s, err);
    code = resolve(path, &to);
    if (code)
        return fail_errno(err, path, code);
    return write_path(&to, s, path, err);
}

el_status el_file_write(const char *path, const char *data, size_t len,
                        el_error *err)
{
    const source s = {data ? data : "", len, NULL};

    if (!path || (!data && len > 0))
        return el_fail(err, EL_E_ARG, "file write: NULL path or data");
    return write_source(path, &s, err);
}

el_status el_file_may_write(const char *path, el_error *err)
{
    target to;
    int code;

    if (!path)
        return el_fail(err, EL_E_ARG, "file write: NULL path");
    if (strcmp(path, "-") == 0)
        return EL_OK;
    code = resolve(path, &to);
    if (!code)
        code = obstacle(&to);
    if (!code && (!to.exists || S_ISREG(to.mode))) { /* a temporary beside it */
        size_t dir = folder_length(to.path);

        to.path[dir] = '\0';
        if (access(dir > 0 ? to.path : ".", W_OK | X_OK) != 0)
            code = errno;
    }
    return code ? fail_errno(err, path, code) : EL_OK;
}

el_status el_file_write_from(const char *path, FILE *from, el_error *err)
{
    const source s = {NULL, 0, from};

    if (!path || !from)
        return el_fail(err, EL_E_ARG, "file write: NULL path or file");
    return write_source(path, &s, err);
}
