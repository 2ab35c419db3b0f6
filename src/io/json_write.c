/* SPDX-License-Identifier: Apache-2.0 */
#include "io/json_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/number_text.h"

#define INDENT ((size_t)2)

/* ---- text ---- */

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

static bool all_plain(const char *text, size_t len)
{
    bool plain = true;

    for (size_t i = 0; i < len; i++)
        plain = plain && is_plain((unsigned char)text[i]);
    return plain;
}

static void put_escaped(el_buf *out, unsigned char c)
{
    static const char special[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    const char *at = strchr(special, c);

    if (at && c)
        el_buf_printf(out, "\\%c", letter[at - special]);
    else
        el_buf_printf(out, "\\u%04X", c);
}

static void put_plain(el_buf *out, const char *text, size_t len)
{
    char *to = el_buf_reserve(out, len + 2);

    if (!to)
        return;
    to[0] = to[len + 1] = '"';
    to[len + 2] = '\0';
    memcpy(to + 1, text, len);
    out->len += len + 2;
}

static void put_string(el_buf *out, const char *text, size_t len)
{
    if (all_plain(text, len)) {
        put_plain(out, text, len);
        return;
    }
    el_buf_add_n(out, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        if (is_plain((unsigned char)text[i]))
            el_buf_add_n(out, text + i, 1);
        else
            put_escaped(out, (unsigned char)text[i]);
    }
    el_buf_add_n(out, "\"", 1);
}

/* What jansson takes for text, and so reads back. */
static bool is_utf8(const char *text, size_t len)
{
    json_t *string;
    size_t i = 0;

    while (i < len && (unsigned char)text[i] < 0x80)
        i++;
    if (i == len)
        return true;
    string = json_stringn(text, len);
    json_decref(string);
    return string != NULL;
}

/* ---- places ---- */

/* A string ends with its quote, so this byte tells an open bracket. */
static bool is_empty(const el_json_writer *w)
{
    const el_buf *out = w->out;
    char last;

    if (out->len == 0)
        return false;
    last = out->text[out->len - 1];
    return last == '{' || last == '[';
}

/* A line of its own, after what is said in front of it. */
static void new_line(el_json_writer *w, bool comma)
{
    size_t indent = INDENT * w->depth;
    char *to = el_buf_reserve(w->out, indent + 2);

    if (!to)
        return;
    if (comma)
        *to++ = ',';
    *to++ = '\n';
    memset(to, ' ', indent);
    to[indent] = '\0';
    w->out->len = (size_t)(to + indent - w->out->text);
}

/* Where the next value belongs. */
static void begin(el_json_writer *w, const char *key)
{
    if (w->depth > 0)
        new_line(w, !is_empty(w));
    if (key) {
        put_string(w->out, key, strlen(key));
        el_buf_add_n(w->out, ": ", 2);
    }
}

static void open_bracket(el_json_writer *w, const char *key, const char *what)
{
    begin(w, key);
    el_buf_add_n(w->out, what, 1);
    w->depth++;
}

void el_write_object(el_json_writer *w, const char *key)
{
    open_bracket(w, key, "{");
}

void el_write_array(el_json_writer *w, const char *key)
{
    open_bracket(w, key, "[");
}

void el_write_end(el_json_writer *w, char what)
{
    bool empty = is_empty(w);

    w->depth--;
    if (!empty)
        new_line(w, false);
    el_buf_add_n(w->out, &what, 1);
}

/* ---- values ---- */

static void put_integer(el_buf *out, int64_t value)
{
    uint64_t left = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    char text[24], *end = text + sizeof text, *at = end;

    do
        *--at = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        *--at = '-';
    el_buf_add_n(out, at, (size_t)(end - at));
}

void el_write_null(el_json_writer *w, const char *key)
{
    begin(w, key);
    el_buf_add_n(w->out, "null", 4);
}

void el_write_number(el_json_writer *w, const char *key, double value)
{
    char *to;
    size_t len;

    if (!isfinite(value)) {
        el_write_null(w, key);
        return;
    }
    begin(w, key);
    to = el_buf_reserve(w->out, EL_NUMBER_TEXT);
    if (!to)
        return;
    len = el_number_text(value, to);
    to[len] = '\0';
    w->out->len += len;
    w->out->failed = len == 0;
}

void el_write_count(el_json_writer *w, const char *key, double value)
{
    if (!(value >= -1e15 && value <= 1e15 && value == floor(value))) {
        el_write_number(w, key, value);
        return;
    }
    begin(w, key);
    put_integer(w->out, (int64_t)value);
}

static void write_string(el_json_writer *w, const char *key, const char *text,
                         size_t len)
{
    begin(w, key);
    put_string(w->out, text, len);
    w->out->failed = w->out->failed || !is_utf8(text, len);
}

void el_write_text(el_json_writer *w, const char *key, const char *text)
{
    write_string(w, key, text, strlen(text));
}

void el_write_bool(el_json_writer *w, const char *key, bool value)
{
    begin(w, key);
    el_buf_add(w->out, value ? "true" : "false");
}

/* ---- trees ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* As deep as the tree is: NOLINTNEXTLINE(misc-no-recursion) */
static void write_members(el_json_writer *w, const json_t *object)
{
    size_t n = json_object_size(object), i = 0;
    const char **keys = el_array(n + 1, sizeof *keys), *key;
    const json_t *value;
    json_t *open;

    /* iteration does not change it; jansson's type cannot say so */
    memcpy(&open, &object, sizeof(void *));
    w->out->failed = w->out->failed || !keys;
    if (!keys)
        return;
    json_object_foreach(open, key, value)
    {
        keys[i++] = key;
    }
    qsort(keys, n, sizeof *keys, by_text);
    for (i = 0; i < n; i++)
        el_write_json(w, keys[i], json_object_get(object, keys[i]));
    el_free(keys);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
void el_write_json(el_json_writer *w, const char *key, const json_t *value)
{
    if (!value) {
        w->out->failed = true;
        return;
    }
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        el_write_object(w, key);
        write_members(w, value);
        el_write_end(w, '}');
        break;
    case JSON_ARRAY:
        el_write_array(w, key);
        for (size_t i = 0; i < json_array_size(value); i++)
            el_write_json(w, NULL, json_array_get(value, i));
        el_write_end(w, ']');
        break;
    case JSON_STRING:
        write_string(w, key, json_string_value(value),
                     json_string_length(value));
        break;
    case JSON_INTEGER:
        begin(w, key);
        put_integer(w->out, json_integer_value(value));
        break;
    case JSON_REAL:
        el_write_number(w, key, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        el_write_bool(w, key, json_is_true(value));
        break;
    case JSON_NULL:
        el_write_null(w, key);
        break;
    }
}

void el_write_made(el_json_writer *w, const char *key, json_t *value)
{
    el_write_json(w, key, value);
    json_decref(value);
}
