/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/engine_words.h"

#include <string.h>

#include "base/mem.h"

/* One pass: words go to `text`, each ended by a NUL. */
typedef struct splitter {
    const char *at;
    const el_engine_value *value;
    size_t n_value;
    el_buf text;
    size_t n;
} splitter;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const el_engine_value *find(const splitter *s, const char *name,
                                   size_t len)
{
    for (size_t i = 0; i < s->n_value; i++)
        if (strlen(s->value[i].name) == len &&
            memcmp(s->value[i].name, name, len) == 0)
            return &s->value[i];
    return NULL;
}

static el_status unknown(const splitter *s, const char *name, size_t len,
                         el_error *err)
{
    char known[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < s->n_value; i++) {
        size_t more = strlen(s->value[i].name) + 3;

        if (used + more >= sizeof known)
            break;
        known[used] = ' ';
        known[used + 1] = '{';
        memcpy(known + used + 2, s->value[i].name, more - 3);
        known[used + more - 1] = '}';
        used += more;
        known[used] = '\0';
    }
    return el_fail(err, EL_E_ARG,
                   "--engine-cmd: {%.*s} is not known; there are%s, and {{ "
                   "for a brace",
                   (int)(len < 40 ? len : 40), name, known);
}

/* `at` is behind one brace, the first of a pair or of a {name}. */
static el_status put_brace(splitter *s, char brace, el_error *err)
{
    const char *name = s->at;
    size_t len = strcspn(name, "{}");
    const el_engine_value *v;

    if (*name == brace) {
        el_buf_add_n(&s->text, &brace, 1);
        s->at++;
        return EL_OK;
    }
    if (brace == '}' || name[len] != '}')
        return el_fail(err, EL_E_ARG,
                       "--engine-cmd: a lone %c; write %c%c for the character",
                       brace, brace, brace);
    v = find(s, name, len);
    if (!v)
        return unknown(s, name, len, err);
    el_buf_add(&s->text, v->text);
    s->at += len + 1;
    return EL_OK;
}

static el_status put_one(splitter *s, el_error *err)
{
    char c = *s->at++;

    if (c == '{' || c == '}')
        return put_brace(s, c, err);
    el_buf_add_n(&s->text, &c, 1);
    return EL_OK;
}

/* `at` is behind the opening quote. */
static el_status put_quoted(splitter *s, char quote, el_error *err)
{
    el_status st = EL_OK;

    while (st == EL_OK && *s->at != quote) {
        if (quote == '"' && *s->at == '\\' &&
            (s->at[1] == '"' || s->at[1] == '\\')) {
            el_buf_add_n(&s->text, s->at + 1, 1);
            s->at += 2;
            continue;
        }
        if (*s->at == '\0')
            return el_fail(err, EL_E_ARG,
                           "--engine-cmd: the quote %c does not end", quote);
        st = put_one(s, err);
    }
    s->at++;
    return st;
}

static el_status put_word(splitter *s, el_error *err)
{
    el_status st = EL_OK;

    while (st == EL_OK && *s->at && !is_blank(*s->at)) {
        if (*s->at == '\'' || *s->at == '"') {
            char quote = *s->at++;

            st = put_quoted(s, quote, err);
        } else if (*s->at == '\\') {
            if (s->at[1] == '\0')
                return el_fail(err, EL_E_ARG,
                               "--engine-cmd: ends with a backslash");
            el_buf_add_n(&s->text, s->at + 1, 1);
            s->at += 2;
        } else {
            st = put_one(s, err);
        }
    }
    el_buf_add_n(&s->text, "", 1);
    s->n++;
    return st;
}

static el_status split(splitter *s, el_error *err)
{
    el_status st = EL_OK;

    for (;;) {
        while (is_blank(*s->at))
            s->at++;
        if (*s->at == '\0' || st != EL_OK)
            break;
        if (s->n == EL_ENGINE_MAX_WORDS)
            return el_fail(err, EL_E_ARG, "--engine-cmd: above %u words",
                           EL_ENGINE_MAX_WORDS);
        st = put_word(s, err);
    }
    if (st == EL_OK && s->n == 0)
        st = el_fail(err, EL_E_ARG, "--engine-cmd: empty");
    if (st == EL_OK && !el_buf_ok(&s->text))
        st = el_fail(err, EL_E_NOMEM, "--engine-cmd: out of memory");
    return st;
}

el_status el_engine_words(const char *command, const el_engine_value *value,
                          size_t n_value, el_argv *out, el_error *err)
{
    splitter s = {.at = command, .value = value, .n_value = n_value};
    el_argv argv = {.n = 0};
    el_status st = split(&s, err);
    char *at = s.text.text;

    if (st == EL_OK) {
        argv.v = el_array(s.n + 1, sizeof *argv.v);
        if (!argv.v)
            st = el_fail(err, EL_E_NOMEM, "--engine-cmd: out of memory");
    }
    if (st != EL_OK) {
        el_buf_clear(&s.text);
        return st;
    }
    argv.text = s.text.text;
    for (; argv.n < s.n; at += strlen(at) + 1)
        argv.v[argv.n++] = at;
    *out = argv;
    return EL_OK;
}

void el_argv_clear(el_argv *argv)
{
    el_free(argv->v);
    el_free(argv->text);
    *argv = (el_argv){.n = 0};
}

static void print_word(const char *word, el_buf *out)
{
    if (*word && !strpbrk(word, " \t\n\r'\"\\{}$*?~|<>;&()#!`")) {
        el_buf_add(out, word);
        return;
    }
    el_buf_add(out, "'");
    for (; *word; word++) {
        if (*word == '\'')
            el_buf_add(out, "'\\''");
        else if (*word == '{' || *word == '}')
            el_buf_add(out, *word == '{' ? "{{" : "}}");
        else
            el_buf_add_n(out, word, 1);
    }
    el_buf_add(out, "'");
}

void el_argv_print(const el_argv *argv, el_buf *out)
{
    for (size_t i = 0; i < argv->n; i++) {
        if (i > 0)
            el_buf_add(out, " ");
        print_word(argv->v[i], out);
    }
}

/* "API-KEY" is "api_key". */
static bool is_same(char c, char wanted)
{
    return c == wanted || (c == '-' && wanted == '_') ||
           (c >= 'A' && c <= 'Z' && c - 'A' + 'a' == wanted);
}

static bool holds(const char *word, size_t len, const char *part)
{
    size_t n = strlen(part), k;

    for (size_t i = 0; i + n <= len; i++) {
        for (k = 0; k < n && is_same(word[i + k], part[k]); k++)
            ;
        if (k == n)
            return true;
    }
    return false;
}

/* The first len bytes of word name something secret. */
static bool names_secret(const char *word, size_t len)
{
    static const char *const parts[] = {"api_key", "apikey",   "hf_token",
                                        "secret",  "password", "auth_token"};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (holds(word, len, parts[i]))
            return true;
    return false;
}

void el_argv_print_masked(const el_argv *argv, el_buf *out)
{
    bool next = false;

    for (size_t i = 0; i < argv->n; i++) {
        const char *word = argv->v[i];
        size_t name = strcspn(word, "=");
        bool named = names_secret(word, name);

        if (i > 0)
            el_buf_add(out, " ");
        if (next && word[0] != '-') {
            el_buf_add(out, "***");
        } else if (named && word[name]) {
            el_buf_add_n(out, word, name);
            el_buf_add(out, "=***");
        } else {
            print_word(word, out);
        }
        next = named && !word[name] && word[0] == '-';
    }
}

bool el_engine_asks_for(const char *command, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = command; (at = strchr(at, '{')) != NULL; at++) {
        if (at[1] == '{')
            at++;
        else if (strncmp(at + 1, name, len) == 0 && at[len + 1] == '}')
            return true;
    }
    return false;
}
