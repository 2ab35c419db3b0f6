/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prometheus.h"

#include <stdlib.h>
#include <string.h>

#include "energylens/known.h"

#define MAX_NUMBER 64u
#define LEAST_MS   1e11 /* a time stamp above this is in ms: from 1973 on */

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == ':';
}

static const char *skip_blank(const char *s, const char *end)
{
    while (s < end && (*s == ' ' || *s == '\t'))
        s++;
    return s;
}

/* The brace that closes the labels from s; end if none does. */
static const char *labels_end(const char *s, const char *end)
{
    bool quoted = false;

    for (; s < end; s++) {
        if (quoted && *s == '\\' && s + 1 < end)
            s++;
        else if (*s == '"')
            quoted = !quoted;
        else if (*s == '}' && !quoted)
            return s;
    }
    return end;
}

/* Moves *at behind the number. */
static bool read_number(const char **at, const char *end, double *out)
{
    char text[MAX_NUMBER];
    const char *from = skip_blank(*at, end), *s = from;
    char *stop;
    size_t len;

    while (s < end && *s != ' ' && *s != '\t' && *s != '\r')
        s++;
    len = (size_t)(s - from);
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, from, len);
    text[len] = '\0';
    *out = strtod(text, &stop);
    *at = s;
    return *stop == '\0' && stop != text;
}

static bool read_line(const char *s, const char *end, el_prom *out)
{
    out->name = s;
    while (s < end && is_name(*s))
        s++;
    out->name_len = (size_t)(s - out->name);
    s = skip_blank(s, end);
    out->labels = s;
    out->labels_len = 0;
    if (s < end && *s == '{') {
        const char *close = labels_end(s + 1, end);

        if (close == end)
            return false;
        out->labels = s + 1;
        out->labels_len = (size_t)(close - out->labels);
        s = close + 1;
    }
    if (out->name_len == 0 || !read_number(&s, end, &out->value))
        return false;
    if (!read_number(&s, end, &out->time_s))
        out->time_s = EL_UNKNOWN;
    else if (out->time_s > LEAST_MS)
        out->time_s /= 1000.0;
    return true;
}

bool el_prom_next(const char **at, const char *end, el_prom *out, size_t *n_bad)
{
    while (*at < end) {
        const char *s = *at;
        const char *nl = memchr(s, '\n', (size_t)(end - s));
        const char *stop = nl ? nl : end;

        *at = nl ? nl + 1 : end;
        s = skip_blank(s, stop);
        if (s == stop || *s == '#' || *s == '\r')
            continue;
        if (read_line(s, stop, out))
            return true;
        if (n_bad)
            (*n_bad)++;
    }
    return false;
}

bool el_prom_is(const el_prom *p, const char *name)
{
    return strlen(name) == p->name_len &&
           memcmp(p->name, name, p->name_len) == 0;
}

/* Copies a quoted value from s (behind its quote); where it ends. */
static const char *copy_value(const char *s, const char *end, char *out,
                              size_t cap)
{
    size_t n = 0;

    for (; s < end && *s != '"'; s++) {
        if (*s == '\\' && s + 1 < end)
            s++;
        if (out && n + 1 < cap)
            out[n++] = *s;
    }
    if (out && cap > 0)
        out[n] = '\0';
    return s < end ? s + 1 : end;
}

bool el_prom_label(const el_prom *p, const char *label, char *out, size_t cap)
{
    const char *s = p->labels, *end = s + p->labels_len;
    size_t want = strlen(label);

    if (cap > 0)
        out[0] = '\0';
    while (s < end) {
        const char *key = s = skip_blank(s, end);
        bool hit;

        while (s < end && is_name(*s))
            s++;
        hit = (size_t)(s - key) == want && memcmp(key, label, want) == 0;
        s = skip_blank(s, end);
        if (end - s < 2 || s[0] != '=' || s[1] != '"')
            return false;
        s = copy_value(s + 2, end, hit ? out : NULL, cap);
        if (hit)
            return true;
        s = skip_blank(s, end);
        s += s < end && *s == ',';
    }
    return false;
}

void el_prom_add_label(el_buf *out, const char *name, const char *value)
{
    bool first = out->len > 0 && out->text[out->len - 1] == '{';

    el_buf_printf(out, "%s%s=\"", first ? "" : ",", name);
    for (; *value; value++) {
        if (*value == '\n') {
            el_buf_add(out, "\\n");
            continue;
        }
        if (*value == '\\' || *value == '"')
            el_buf_add(out, "\\");
        el_buf_add_n(out, value, 1);
    }
    el_buf_add(out, "\"");
}
