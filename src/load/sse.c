/* SPDX-License-Identifier: Apache-2.0 */
#include "load/sse.h"

#include <string.h>

#define BOM "\xEF\xBB\xBF"

static void empty(el_buf *b)
{
    b->len = 0;
    if (b->text)
        b->text[0] = '\0';
}

static el_status append(el_buf *b, const char *text, size_t n)
{
    if (n > EL_SSE_MAX_BYTES - b->len)
        return EL_E_DATA;
    el_buf_add_n(b, text, n);
    return el_buf_ok(b) ? EL_OK : EL_E_NOMEM;
}

static el_status dispatch(el_sse *s, el_sse_fn fn, void *ctx)
{
    bool go_on = true;

    if (s->data.len > 0) {
        s->data.text[--s->data.len] = '\0'; /* the last LF */
        go_on = fn(s->data.text, s->data.len, ctx);
    }
    empty(&s->data);
    return go_on ? EL_OK : EL_E_CANCELLED;
}

/* A whole line without its end. */
static el_status take_line(el_sse *s, const char *line, size_t n, el_sse_fn fn,
                           void *ctx)
{
    const char *colon;
    size_t name;
    el_status st;

    if (!s->begun) {
        s->begun = true;
        if (n >= 3 && memcmp(line, BOM, 3) == 0) {
            line += 3;
            n -= 3;
        }
    }
    if (n == 0)
        return dispatch(s, fn, ctx);
    colon = memchr(line, ':', n);
    name = colon ? (size_t)(colon - line) : n;
    if (name != 4 || memcmp(line, "data", 4) != 0)
        return EL_OK;
    name += colon ? 1 : 0;
    name += name < n && line[name] == ' ' ? 1 : 0;
    st = append(&s->data, line + name, n - name);
    return st == EL_OK ? append(&s->data, "\n", 1) : st;
}

/* The first CR or LF in n bytes, or NULL. */
static const char *line_end(const char *p, size_t n)
{
    const char *lf = memchr(p, '\n', n);
    const char *cr = memchr(p, '\r', lf ? (size_t)(lf - p) : n);

    return cr ? cr : lf;
}

el_status el_sse_feed(el_sse *s, const char *bytes, size_t n, el_sse_fn fn,
                      void *ctx)
{
    const char *p = bytes, *end = bytes + n;
    el_status st = EL_OK;

    while (st == EL_OK && p < end) {
        const char *stop;

        if (s->skip_lf && *p == '\n')
            p++;
        s->skip_lf = false;
        stop = line_end(p, (size_t)(end - p));
        if (!stop)
            return append(&s->line, p, (size_t)(end - p));
        if (s->line.len > 0) { /* it began in an earlier piece */
            st = append(&s->line, p, (size_t)(stop - p));
            if (st == EL_OK)
                st = take_line(s, s->line.text, s->line.len, fn, ctx);
            empty(&s->line);
        } else {
            st = (size_t)(stop - p) > EL_SSE_MAX_BYTES
                     ? EL_E_DATA
                     : take_line(s, p, (size_t)(stop - p), fn, ctx);
        }
        s->skip_lf = *stop == '\r';
        p = stop + 1;
    }
    return st;
}

void el_sse_reset(el_sse *s)
{
    empty(&s->line);
    empty(&s->data);
    s->begun = s->skip_lf = false;
}

void el_sse_clear(el_sse *s)
{
    el_buf_clear(&s->line);
    el_buf_clear(&s->data);
    *s = (el_sse){.begun = false};
}
