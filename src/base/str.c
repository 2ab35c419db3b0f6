/* SPDX-License-Identifier: Apache-2.0 */
#include "str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"

/* Room for `more` bytes and the NUL; false (and failed) when there is none. */
static bool buf_room(el_buf *buf, size_t more)
{
    char *text;

    if (buf->failed)
        return false;
    text = more < SIZE_MAX - buf->len
               ? el_grow(buf->text, &buf->cap, buf->len + more + 1, 1)
               : NULL;
    buf->failed = !text;
    if (text)
        buf->text = text;
    return text != NULL;
}

/* One call less where there is room: these are hot paths. */
static bool fits(const el_buf *buf, size_t more)
{
    return buf->text && !buf->failed && more < buf->cap - buf->len;
}

char *el_buf_reserve(el_buf *buf, size_t more)
{
    if (!fits(buf, more) && !buf_room(buf, more))
        return NULL;
    return buf->text + buf->len;
}

void el_buf_add_n(el_buf *buf, const char *text, size_t len)
{
    if (!fits(buf, len) && !buf_room(buf, len))
        return;
    if (len > 0)
        memcpy(buf->text + buf->len, text, len);
    buf->len += len;
    buf->text[buf->len] = '\0';
}

void el_buf_add(el_buf *buf, const char *text)
{
    el_buf_add_n(buf, text, strlen(text));
}

void el_buf_vprintf(el_buf *buf, const char *fmt, va_list args)
{
    va_list again;
    size_t len;
    int n;

    if (!buf_room(buf, 31)) /* most fields fit at the first try */
        return;
    va_copy(again, args);
    n = vsnprintf(buf->text + buf->len, buf->cap - buf->len, fmt, args);
    len = n < 0 ? 0 : (size_t)n;
    if (n >= 0 && len >= buf->cap - buf->len && buf_room(buf, len))
        n = vsnprintf(buf->text + buf->len, buf->cap - buf->len, fmt, again);
    va_end(again);
    buf->failed = buf->failed || n < 0;
    if (!buf->failed)
        buf->len += len;
    buf->text[buf->len] = '\0'; /* a failed add leaves what was there */
}

void el_buf_printf(el_buf *buf, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    el_buf_vprintf(buf, fmt, args);
    va_end(args);
}

bool el_buf_ok(const el_buf *buf)
{
    return !buf->failed;
}

const char *el_buf_text(const el_buf *buf)
{
    return buf->text ? buf->text : "";
}

void el_buf_clear(el_buf *buf)
{
    el_free(buf->text);
    *buf = (el_buf){0};
}

static size_t hash(const char *text, size_t len)
{
    uint64_t h = 0xCBF29CE484222325u; /* FNV-1a */

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 0x100000001B3u;
    return (size_t)(h ^ (h >> 32)); /* the low bits pick the slot */
}

/* The slot that holds text, or the empty one where it belongs. cap > n. */
static size_t find_slot(char **slot, size_t cap, const char *text, size_t len)
{
    size_t i = hash(text, len) & (cap - 1);

    while (slot[i] &&
           (strncmp(slot[i], text, len) != 0 || slot[i][len] != '\0'))
        i = (i + 1) & (cap - 1);
    return i;
}

static bool strings_rehash(el_strings *strings)
{
    size_t cap = strings->cap ? 2 * strings->cap : 32;
    char **slot = el_array(cap, sizeof *slot);

    if (!slot)
        return false;
    for (size_t i = 0; i < strings->cap; i++) {
        char *s = strings->slot[i];

        if (s)
            slot[find_slot(slot, cap, s, strlen(s))] = s;
    }
    el_free(strings->slot);
    strings->slot = slot;
    strings->cap = cap;
    return true;
}

const char *el_strings_add(el_strings *strings, const char *text, size_t len)
{
    size_t i;
    char *s;

    len = strnlen(text, len); /* stored with a NUL, so ends at the first */
    if (2 * (strings->n + 1) > strings->cap && !strings_rehash(strings))
        return NULL;
    i = find_slot(strings->slot, strings->cap, text, len);
    if (strings->slot[i])
        return strings->slot[i];
    s = el_array(len + 1, 1);
    if (!s)
        return NULL;
    memcpy(s, text, len);
    strings->slot[i] = s;
    strings->n++;
    return s;
}

void el_strings_clear(el_strings *strings)
{
    for (size_t i = 0; i < strings->cap; i++)
        el_free(strings->slot[i]);
    el_free(strings->slot);
    *strings = (el_strings){0};
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

bool el_str_eq_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool el_str_ends_nocase(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);

    return n > k && el_str_eq_nocase(text + n - k, end);
}

void el_str_copy(char *dst, size_t cap, const char *src)
{
    size_t n;

    if (cap == 0)
        return;
    n = strnlen(src, cap);
    if (n == cap) /* cut: not in the middle of a UTF-8 character */
        for (n = cap - 1; n > 0 && ((unsigned char)src[n] & 0xC0u) == 0x80u;)
            n--;
    memmove(dst, src, n);
    dst[n] = '\0';
}
