/* SPDX-License-Identifier: Apache-2.0 */
#include "model/graph_lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int el_lex_column(const el_lex *lex, size_t pos)
{
    return (int)(pos - lex->line_start) + 1;
}

el_status el_lex_fail(const el_lex *lex, size_t pos, const char *fmt, ...)
{
    char what[256];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return el_fail(lex->err, EL_E_DATA, "%s:%d:%d: %s", lex->name, lex->line,
                   el_lex_column(lex, pos), what);
}

char el_lex_peek(const el_lex *lex)
{
    return (char)(lex->pos < lex->len ? lex->text[lex->pos] : '\0');
}

bool el_lex_at_eol(const el_lex *lex)
{
    return lex->pos >= lex->len || lex->text[lex->pos] == '\n';
}

void el_lex_blanks(el_lex *lex)
{
    char c = el_lex_peek(lex);

    while (c == ' ' || c == '\t' || c == '\r') {
        lex->pos++;
        c = el_lex_peek(lex);
    }
    if (c == '#')
        while (!el_lex_at_eol(lex))
            lex->pos++;
}

bool el_lex_lines(el_lex *lex)
{
    el_lex_blanks(lex);
    while (lex->pos < lex->len && lex->text[lex->pos] == '\n') {
        lex->pos++;
        lex->line++;
        lex->line_start = lex->pos;
        el_lex_blanks(lex);
    }
    return lex->pos < lex->len;
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

el_word el_lex_name(el_lex *lex)
{
    el_word word = {lex->text + lex->pos, 0};

    if (!is_alpha(el_lex_peek(lex)))
        return word;
    while (is_alpha(el_lex_peek(lex)) || is_digit(el_lex_peek(lex))) {
        lex->pos++;
        word.len++;
    }
    return word;
}

el_word el_lex_bare(el_lex *lex)
{
    el_word word = {lex->text + lex->pos, 0};

    while (el_lex_peek(lex) > ' ' && el_lex_peek(lex) < 0x7f &&
           !strchr("#{}\"", el_lex_peek(lex))) {
        lex->pos++;
        word.len++;
    }
    return word;
}

bool el_word_is(el_word word, const char *text)
{
    return strlen(text) == word.len && memcmp(text, word.text, word.len) == 0;
}

int el_word_find(el_word word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (el_word_is(word, list[i]))
            return i;
    return -1;
}

const char *el_lex_show(const el_lex *lex, char room[static 32])
{
    unsigned char c = (unsigned char)el_lex_peek(lex);

    if (lex->pos >= lex->len)
        return "the end of the text";
    if (c == '\n')
        return "the end of the line";
    (void)snprintf(room, 32, c > ' ' && c < 0x7f ? "'%c'" : "byte 0x%02x", c);
    return room;
}
