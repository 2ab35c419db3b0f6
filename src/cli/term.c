/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/term.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"

bool el_term_is_tty(int fd)
{
    return isatty(fd) == 1;
}

static int clamp_width(long columns)
{
    return columns < 20 ? 20 : columns > 400 ? 400 : (int)columns;
}

/* The environment is read before any thread starts. */
static const char *env(const char *name)
{
    const char *v = getenv(name); /* NOLINT(concurrency-mt-unsafe) */

    return v && *v ? v : NULL;
}

int el_term_width(int fd)
{
    const char *columns = env("COLUMNS");
    struct winsize size;

    if (columns) {
        char *end;
        long n = strtol(columns, &end, 10);

        if (*end == '\0' && n > 0)
            return clamp_width(n);
    }
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return clamp_width(size.ws_col);
    return EL_TERM_WIDTH;
}

int el_term_height(int fd)
{
    struct winsize size;

    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0)
        return size.ws_row;
    return EL_TERM_HEIGHT;
}

bool el_term_redraws(int fd)
{
    const char *term = env("TERM");

    return term && strcmp(term, "dumb") != 0 && el_term_is_tty(fd);
}

bool el_term_color(el_color_mode mode, int fd)
{
    const char *term = env("TERM");

    if (mode != EL_COLOR_AUTO)
        return mode == EL_COLOR_ALWAYS;
    if (env("NO_COLOR") || !term || strcmp(term, "dumb") == 0)
        return false;
    return el_term_is_tty(fd);
}

bool el_term_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    const char *dot;

    for (size_t i = 0; i < 3 && !locale; i++)
        locale = env(names[i]);
    dot = locale ? strchr(locale, '.') : NULL;
    if (!dot)
        return false;
    dot++;
    return (strlen(dot) >= 5 &&
            (memcmp(dot, "UTF-8", 5) == 0 || memcmp(dot, "utf-8", 5) == 0)) ||
           (strlen(dot) >= 4 &&
            (memcmp(dot, "utf8", 4) == 0 || memcmp(dot, "UTF8", 4) == 0));
}

const char *el_style_on(el_style style, bool color)
{
    static const char *const code[] = {[EL_STYLE_BOLD] = "\033[1m",
                                       [EL_STYLE_DIM] = "\033[2m",
                                       [EL_STYLE_GOOD] = "\033[1;32m",
                                       [EL_STYLE_WARN] = "\033[33m",
                                       [EL_STYLE_BAD] = "\033[1;31m"};

    return color ? code[style] : "";
}

const char *el_style_off(bool color)
{
    return color ? "\033[0m" : "";
}

/* Bytes of an escape sequence "ESC [ ... letter" at p, 0 if there is none. */
static size_t escape_length(const char *p, size_t n)
{
    size_t i = 2;

    if (n < 3 || p[0] != '\033' || p[1] != '[')
        return 0;
    while (i < n && (p[i] < '@' || p[i] > '~'))
        i++;
    return i < n ? i + 1 : 0;
}

size_t el_text_width_n(const char *text, size_t n)
{
    size_t width = 0;

    for (size_t i = 0; i < n;) {
        size_t skip = escape_length(text + i, n - i);

        if (skip) {
            i += skip;
            continue;
        }
        /* continuation bytes of UTF-8 take no column of their own */
        width += ((unsigned char)text[i] & 0xC0u) != 0x80u;
        i++;
    }
    return width;
}

size_t el_text_width(const char *text)
{
    return el_text_width_n(text, strlen(text));
}
