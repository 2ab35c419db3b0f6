/* SPDX-License-Identifier: Apache-2.0 */
#include "io/csv_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the UTF-8 sequence at p (len > 0 left), 0 if it is not one. */
static size_t sequence_length(const unsigned char *p, size_t len)
{
    unsigned char lo = 0x80, hi = 0xBF; /* bounds of the second byte */
    size_t n, i;

    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    n = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    if (len < n)
        return 0;
    if (p[0] == 0xE0)
        lo = 0xA0; /* else overlong */
    else if (p[0] == 0xED)
        hi = 0x9F; /* else a surrogate */
    else if (p[0] == 0xF0)
        lo = 0x90; /* else overlong */
    else if (p[0] == 0xF4)
        hi = 0x8F; /* else above U+10FFFF */
    if (p[1] < lo || p[1] > hi)
        return 0;
    for (i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

/* All eight bytes in 1..127: no high bit, and subtracting 1 borrows nowhere. */
static bool is_plain_word(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof word);
    return ((word | (word - 0x0101010101010101u)) & 0x8080808080808080u) == 0;
}

size_t el_text_bad_byte(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len) {
        size_t n;

        if (len - i >= sizeof(uint64_t) && is_plain_word(text + i)) {
            i += sizeof(uint64_t);
            continue;
        }
        n = sequence_length((const unsigned char *)text + i, len - i);
        if (n == 0)
            return i;
        i += n;
    }
    return len;
}

size_t el_text_bom(const char *data, size_t len)
{
    return len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

const char *el_text_foreign(const char *data, size_t len)
{
    static const struct {
        const char *bytes;
        size_t n;
        const char *what;
    } known[] = {
        {"\xFF\xFE", 2, "UTF-16 text, save it as UTF-8"},
        {"\xFE\xFF", 2, "UTF-16 text, save it as UTF-8"},
        {"version https://git-lfs", 23,
         "a git-LFS pointer, not the data (git lfs pull fetches it)"},
        {"\x1F\x8B", 2, "compressed with gzip, unpack it first"},
        {"\x28\xB5\x2F\xFD", 4, "compressed with zstd, unpack it first"},
        {"PK\x03\x04", 4, "a zip archive or spreadsheet, save it as text"},
        {"PAR1", 4, "a Parquet file, save it as text"},
        {"SQLite format 3", 15, "an SQLite database, not text"},
    };
    size_t i;

    for (i = 0; i < sizeof known / sizeof *known; i++)
        if (len >= known[i].n && memcmp(data, known[i].bytes, known[i].n) == 0)
            return known[i].what;
    return NULL;
}

const char *el_text_separator_hint(const char *header, size_t len)
{
    if (len > 0 && memchr(header, ';', len))
        return " (the separator must be a comma, not a semicolon)";
    if (len > 0 && memchr(header, '\t', len))
        return " (the separator must be a comma, not a tab)";
    return "";
}

void el_text_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
}

void el_text_show(char out[EL_SHOW_SIZE], const char *text, size_t len)
{
    size_t max = EL_SHOW_SIZE - 6; /* two quotes, dots, NUL */
    size_t n = len < max ? len : max;
    char *p = out;
    size_t i;

    /* never cut inside a UTF-8 sequence */
    while (n > 0 && n < len && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    *p++ = '"';
    for (i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];

        *p++ = text[i];
        if (c < 0x20 || c == 0x7F)
            p[-1] = '?';
    }
    if (n < len) {
        memcpy(p, "...", 3);
        p += 3;
    }
    *p++ = '"';
    *p = '\0';
}
