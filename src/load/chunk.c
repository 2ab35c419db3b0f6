/* SPDX-License-Identifier: Apache-2.0 */
#include "load/chunk.h"

#include <math.h>
#include <string.h>

/* What choices[0] says. */
typedef struct choice {
    bool has_text, filled; /* a text member; one that is not empty */
    bool has_role, finished;
} choice;

static bool is_text(el_slice key)
{
    return el_scan_is(key, "text") || el_scan_is(key, "content") ||
           el_scan_is(key, "reasoning_content") || el_scan_is(key, "reasoning");
}

/* choices[0], or the delta inside it. */
static void read_choice(el_scan *s, choice *c) /* NOLINT(misc-no-recursion) */
{
    el_slice key, text;

    for (bool more = el_scan_open(s, '{'); more; more = el_scan_more(s, '}')) {
        bool string;

        if (!el_scan_key(s, &key))
            return;
        string = el_scan_peek(s) == '"';
        if (string && is_text(key)) {
            if (!el_scan_string(s, &text))
                return;
            c->has_text = true;
            c->filled |= text.len > 0;
            continue;
        }
        c->has_role |= string && el_scan_is(key, "role");
        c->finished |= string && el_scan_is(key, "finish_reason");
        if (el_scan_is(key, "delta") && el_scan_peek(s) == '{')
            read_choice(s, c); /* el_scan_open() bounds the depth */
        else
            (void)el_scan_skip(s);
    }
}

static void read_choices(el_scan *s, el_chunk *out)
{
    bool first = true;

    if (el_scan_peek(s) != '[') {
        (void)el_scan_skip(s);
        return;
    }
    for (bool more = el_scan_open(s, '['); more; more = el_scan_more(s, ']')) {
        choice c = {.has_text = false};

        if (first && el_scan_peek(s) == '{')
            read_choice(s, &c);
        else
            (void)el_scan_skip(s);
        out->has_tokens |=
            c.filled || (c.has_text && !c.has_role && !c.finished);
        first = false;
    }
}

static void read_details(el_scan *s, double *cached)
{
    el_slice key;

    if (el_scan_peek(s) != '{') {
        (void)el_scan_skip(s);
        return;
    }
    for (bool more = el_scan_open(s, '{'); more; more = el_scan_more(s, '}')) {
        if (!el_scan_key(s, &key))
            return;
        if (el_scan_is(key, "cached_tokens"))
            (void)el_scan_count(s, cached);
        else
            (void)el_scan_skip(s);
    }
}

static void read_usage(el_scan *s, el_chunk *out)
{
    el_slice key;

    if (el_scan_peek(s) != '{') { /* null until the last event */
        (void)el_scan_skip(s);
        return;
    }
    out->has_usage = true;
    for (bool more = el_scan_open(s, '{'); more; more = el_scan_more(s, '}')) {
        if (!el_scan_key(s, &key))
            return;
        if (el_scan_is(key, "prompt_tokens"))
            (void)el_scan_count(s, &out->prompt_tokens);
        else if (el_scan_is(key, "completion_tokens"))
            (void)el_scan_count(s, &out->completion_tokens);
        else if (el_scan_is(key, "prompt_tokens_details"))
            read_details(s, &out->cached_tokens);
        else
            (void)el_scan_skip(s);
    }
}

/* A string, or an object's "message"; else it is skipped. */
static el_slice read_message(el_scan *s)
{
    el_slice found = {"", 0}, key;

    if (el_scan_peek(s) == '"') {
        (void)el_scan_string(s, &found);
        return found;
    }
    if (el_scan_peek(s) != '{') {
        (void)el_scan_skip(s);
        return found;
    }
    for (bool more = el_scan_open(s, '{'); more; more = el_scan_more(s, '}')) {
        if (!el_scan_key(s, &key))
            break;
        if (el_scan_is(key, "message") && el_scan_peek(s) == '"')
            (void)el_scan_string(s, &found);
        else
            (void)el_scan_skip(s);
    }
    return found;
}

bool el_chunk_read(const char *text, size_t len, el_chunk *out)
{
    el_scan s;
    el_slice key;

    *out = (el_chunk){.message = {"", 0},
                      .prompt_tokens = (double)NAN,
                      .completion_tokens = (double)NAN,
                      .cached_tokens = (double)NAN};
    if (len == 6 && memcmp(text, "[DONE]", 6) == 0) {
        out->done = true;
        return true;
    }
    el_scan_init(&s, text, len);
    for (bool more = el_scan_open(&s, '{'); more;
         more = el_scan_more(&s, '}')) {
        if (!el_scan_key(&s, &key))
            break;
        if (el_scan_is(key, "choices")) {
            read_choices(&s, out);
        } else if (el_scan_is(key, "usage")) {
            read_usage(&s, out);
        } else if (el_scan_is(key, "error") && el_scan_peek(&s) != 'n') {
            out->has_error = true;
            out->message = read_message(&s);
        } else {
            (void)el_scan_skip(&s);
        }
    }
    return el_scan_end(&s);
}

el_slice el_chunk_message(const char *text, size_t len)
{
    el_slice found = {"", 0}, key;
    el_scan s;

    el_scan_init(&s, text, len);
    for (bool more = el_scan_open(&s, '{'); more;
         more = el_scan_more(&s, '}')) {
        if (!el_scan_key(&s, &key))
            break;
        if (el_scan_is(key, "error") || el_scan_is(key, "message") ||
            el_scan_is(key, "detail"))
            found = read_message(&s);
        else
            (void)el_scan_skip(&s);
    }
    return found;
}

double el_chunk_prompt_tokens(const char *text, size_t len)
{
    el_chunk c;

    return el_chunk_read(text, len, &c) ? c.prompt_tokens : (double)NAN;
}
