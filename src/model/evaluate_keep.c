/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One training set as a line of text, and back. Fields are split by tabs:
 * rows, training rows, bits of the ceiling's hits, a digit per row for its
 * role; then of each form '!' and why it is left out, or a digit per row for
 * its interval and the bits of its predictions. Bits, since a decimal number
 * would have to be read by a parser that is as exact.
 */
#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/evaluate_work.h"

#define BITS_LEN 16u /* hexadecimal digits of a double */

static void add_bits(el_buf *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    el_buf_printf(out, "%016" PRIx64, bits);
}

static void add_digits(el_buf *out, const uint8_t *digit, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = (char)('0' + digit[i]);
        el_buf_add_n(out, &c, 1);
    }
}

void el_eval_item_print(const el_eval_work *w, size_t i, el_buf *out)
{
    const el_eval_item *item = &w->item[i];
    size_t n = w->group[item->group].n, n_form = w->options->n_form;

    el_buf_printf(out, "%zu\t%zu\t", n, item->n_train);
    add_bits(out, item->ceiling_hits);
    el_buf_add(out, "\t");
    add_digits(out, w->role + item->offset, n);
    for (size_t f = 0; f < n_form; f++) {
        size_t at = f * w->n_row + item->offset;
        const char *reason = w->reason[i * n_form + f];

        el_buf_add(out, "\t");
        if (reason) {
            el_buf_printf(out, "!%s", reason);
            continue;
        }
        add_digits(out, w->inside + at, n);
        for (size_t k = 0; k < n; k++)
            add_bits(out, w->pred[at + k]);
    }
}

/* --- back ----------------------------------------------------------------- */

/* What is not read yet; NULL once something did not belong. */
typedef struct reader {
    const char *at;
} reader;

static void take_char(reader *r, char c)
{
    if (r->at)
        r->at = *r->at == c ? r->at + 1 : NULL;
}

static size_t take_count(reader *r)
{
    size_t n = 0, digits = 0;

    for (; r->at && *r->at >= '0' && *r->at <= '9' && digits < 18; digits++)
        n = 10 * n + (size_t)(*r->at++ - '0');
    if (digits == 0)
        r->at = NULL;
    return n;
}

static void take_digits(reader *r, uint8_t most, uint8_t *out, size_t n)
{
    for (size_t i = 0; r->at && i < n; i++, r->at++) {
        if (*r->at < '0' || *r->at > '0' + most) {
            r->at = NULL;
            return;
        }
        out[i] = (uint8_t)(*r->at - '0');
    }
}

static double take_bits(reader *r)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t bits = 0;
    double value;

    for (size_t i = 0; r->at && i < BITS_LEN; i++) {
        const char *d = *r->at ? strchr(digits, *r->at) : NULL;

        bits = bits << 4 | (uint64_t)(d ? d - digits : 0);
        r->at = d ? r->at + 1 : NULL;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The reason up to the next tab or the end. */
static el_status take_reason(reader *r, char **out, el_error *err)
{
    size_t len = strcspn(r->at, "\t");

    *out = el_array(len + 1, 1);
    if (!*out)
        return el_fail(err, EL_E_NOMEM, "evaluate: note");
    memcpy(*out, r->at, len);
    r->at += len;
    return EL_OK;
}

static el_status take_form(el_eval_work *w, size_t i, size_t f, reader *r,
                           el_error *err)
{
    const el_eval_item *item = &w->item[i];
    size_t n = w->group[item->group].n, at = f * w->n_row + item->offset;

    take_char(r, '\t');
    if (r->at && *r->at == '!') {
        r->at++;
        for (size_t k = 0; k < n; k++)
            w->pred[at + k] = EL_UNKNOWN;
        return take_reason(r, &w->reason[i * w->options->n_form + f], err);
    }
    take_digits(r, EL_NO_INTERVAL, w->inside + at, n);
    for (size_t k = 0; k < n; k++)
        w->pred[at + k] = take_bits(r);
    return EL_OK;
}

el_status el_eval_item_parse(el_eval_work *w, size_t i, const char *text,
                             el_error *err)
{
    el_eval_item *item = &w->item[i];
    size_t n = w->group[item->group].n;
    reader r = {text};
    el_status st = EL_OK;

    if (take_count(&r) != n)
        r.at = NULL;
    take_char(&r, '\t');
    item->n_train = take_count(&r);
    take_char(&r, '\t');
    item->ceiling_hits = take_bits(&r);
    take_char(&r, '\t');
    take_digits(&r, EL_ROLE_TRAIN | EL_ROLE_SCORE | EL_ROLE_CHOICE,
                w->role + item->offset, n);
    for (size_t f = 0; f < w->options->n_form && st == EL_OK; f++)
        st = take_form(w, i, f, &r, err);
    if (st == EL_OK && (!r.at || *r.at))
        st = el_fail(err, EL_E_DATA,
                     "evaluate: training set %zu, as kept, is not of these "
                     "groups and forms",
                     i);
    return st;
}
