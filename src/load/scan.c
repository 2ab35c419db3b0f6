/* SPDX-License-Identifier: Apache-2.0 */
#include "load/scan.h"

#include <math.h>
#include <string.h>

#define MAX_COUNT 9007199254740992.0 /* 2^53 */

bool el_scan_is(el_slice s, const char *text)
{
    return strlen(text) == s.len && memcmp(text, s.text, s.len) == 0;
}

void el_scan_init(el_scan *s, const char *text, size_t len)
{
    *s = (el_scan){.at = text, .end = text + len};
}

static bool fail(el_scan *s)
{
    s->bad = true;
    s->at = s->end;
    return false;
}

char el_scan_peek(el_scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' ||
                              *s->at == '\n' || *s->at == '\r'))
        s->at++;
    if (s->at == s->end)
        return '\0';
    return *s->at;
}

static bool take(el_scan *s, char c)
{
    if (el_scan_peek(s) != c || s->at == s->end)
        return fail(s);
    s->at++;
    return true;
}

bool el_scan_open(el_scan *s, char open)
{
    char close = open == '{' ? '}' : ']';

    if (s->depth == EL_SCAN_MAX_DEPTH || !take(s, open))
        return fail(s);
    s->depth++;
    if (el_scan_peek(s) != close)
        return true;
    s->at++;
    s->depth--;
    return false;
}

bool el_scan_more(el_scan *s, char close)
{
    char c = el_scan_peek(s);

    if (c != ',' && c != close)
        return fail(s);
    s->at++;
    if (c == close)
        s->depth--;
    return c == ',';
}

bool el_scan_key(el_scan *s, el_slice *key)
{
    return el_scan_string(s, key) && take(s, ':');
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
}

/* After the backslash. */
static bool escape(el_scan *s)
{
    char c;

    if (s->at == s->end)
        return false;
    c = *s->at++;
    if (c != 'u')
        return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
    for (int i = 0; i < 4; i++)
        if (s->at == s->end || !is_hex(*s->at++))
            return false;
    return true;
}

bool el_scan_string(el_scan *s, el_slice *out)
{
    if (!take(s, '"'))
        return false;
    out->text = s->at;
    while (s->at < s->end) {
        unsigned char c = (unsigned char)*s->at++;

        if (c == '"') {
            out->len = (size_t)(s->at - 1 - out->text);
            return true;
        }
        if (c < 0x20 || (c == '\\' && !escape(s)))
            break;
    }
    return fail(s);
}

static bool digits(el_scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > from;
}

static bool number(el_scan *s)
{
    const char *from;

    if (s->at < s->end && *s->at == '-')
        s->at++;
    from = s->at;
    if (!digits(s) || (*from == '0' && s->at > from + 1))
        return fail(s);
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!digits(s))
            return fail(s);
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!digits(s))
            return fail(s);
    }
    return true;
}

bool el_scan_count(el_scan *s, double *out)
{
    char c = el_scan_peek(s);
    const char *from = s->at;
    double v = 0;

    *out = (double)NAN;
    if (c < '0' || c > '9')
        return el_scan_skip(s);
    if (!number(s))
        return false;
    for (; from < s->at; from++) {
        if (*from < '0' || *from > '9')
            return true; /* a fraction is not a count */
        v = 10 * v + (*from - '0');
    }
    if (v <= MAX_COUNT)
        *out = v;
    return true;
}

static bool word(el_scan *s, const char *text)
{
    size_t len = strlen(text);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, text, len) != 0)
        return fail(s);
    s->at += len;
    return true;
}

/* Depth is bounded by el_scan_open(). */
bool el_scan_skip(el_scan *s) /* NOLINT(misc-no-recursion) */
{
    char c = el_scan_peek(s), close = c == '{' ? '}' : ']';
    el_slice ignored;

    switch (c) {
    case '{':
    case '[':
        for (bool more = el_scan_open(s, c); more;
             more = el_scan_more(s, close))
            if ((c == '{' && !el_scan_key(s, &ignored)) || !el_scan_skip(s))
                return false;
        return !s->bad;
    case '"':
        return el_scan_string(s, &ignored);
    case 't':
        return word(s, "true");
    case 'f':
        return word(s, "false");
    case 'n':
        return word(s, "null");
    default:
        return number(s);
    }
}

bool el_scan_end(el_scan *s)
{
    return el_scan_peek(s) == '\0' && s->at == s->end && !s->bad;
}
