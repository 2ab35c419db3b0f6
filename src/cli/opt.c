/* SPDX-License-Identifier: Apache-2.0 */
/* Command line and environment over option tables. */
#include "cli/opt.h"

#include <string.h>

#include "cli/nearest.h"

#define MAX_OPTIONS  128u /* in one table */
#define MAX_SETS     2u   /* the verb's own options, the common ones */
#define MAX_NAME     48u
#define MAX_VARIABLE 64u

typedef struct parser {
    const el_opt_set *set;
    size_t n_set;
    int argc, at;
    char *const *argv;
    const char **pos;
    size_t n_pos;
    bool seen[MAX_SETS][MAX_OPTIONS]; /* given on the command line */
    el_strings *strings;
    el_error *err;
} parser;

const el_opt *el_opt_find(const el_opt *options, const char *name, size_t len)
{
    for (const el_opt *o = options; o && o->name; o++) {
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
        if (o->alias && strlen(o->alias) == len &&
            memcmp(o->alias, name, len) == 0)
            return o;
    }
    return NULL;
}

const char *el_opt_meta(const el_opt *opt)
{
    static const char *const usual[] = {[EL_OPT_FLAG] = NULL,
                                        [EL_OPT_STRING] = "TEXT",
                                        [EL_OPT_UINT] = "N",
                                        [EL_OPT_DOUBLE] = "X",
                                        [EL_OPT_DURATION] = "TIME",
                                        [EL_OPT_AMOUNT] = "N|P%",
                                        [EL_OPT_AMOUNTS] = "N,...|P%,...",
                                        [EL_OPT_INTS] = "N,...",
                                        [EL_OPT_RANGE] = "LO:HI",
                                        [EL_OPT_ENUM] = "WORD",
                                        [EL_OPT_NAMES] = "NAME,...",
                                        [EL_OPT_REPEATED] = "TEXT"};

    return opt->meta ? opt->meta : usual[opt->kind];
}

static el_status unknown_option(const parser *p, const char *name, size_t len)
{
    const char *near = NULL;
    size_t best = EL_NEAREST_FAR;

    for (size_t s = 0; s < p->n_set; s++)
        for (const el_opt *o = p->set[s].options; o && o->name; o++) {
            if (el_is_nearer(name, len, o->name, &best))
                near = o->name;
            if (o->alias && el_is_nearer(name, len, o->alias, &best))
                near = o->alias;
        }
    if (near)
        return el_fail(p->err, EL_E_ARG,
                       "unknown option --%.*s, did you mean --%s?", (int)len,
                       name, near);
    return el_fail(p->err, EL_E_ARG, "unknown option --%.*s",
                   (int)(len < 80 ? len : 80), name);
}

static el_status store(parser *p, size_t set, const el_opt *opt,
                       const char *who, const char *text)
{
    size_t i = (size_t)(opt - p->set[set].options);
    bool first = i >= MAX_OPTIONS || !p->seen[set][i];

    if (i < MAX_OPTIONS)
        p->seen[set][i] = true;
    return el_opt_store(opt, p->set[set].args, who, text, first, p->strings,
                        p->err);
}

/* The value of an option that was not glued to it: the next argument. */
static el_status next_value(parser *p, const char *who, const char **text)
{
    const char *v = p->at + 1 < p->argc ? p->argv[p->at + 1] : NULL;

    if (!v)
        return el_fail(p->err, EL_E_ARG, "%s needs a value", who);
    if (v[0] == '-' && v[1] == '-')
        return el_fail(p->err, EL_E_ARG,
                       "%s needs a value, not %.80s (or write %s=%.80s)", who,
                       v, who, v);
    p->at++;
    *text = v;
    return EL_OK;
}

static el_status parse_long(parser *p)
{
    const char *name = p->argv[p->at] + 2;
    size_t len = strcspn(name, "=");
    const char *text = name[len] ? name + len + 1 : NULL;
    bool negated = len > 3 && memcmp(name, "no-", 3) == 0;
    char who[MAX_NAME + 8] = "--";
    el_status st;

    for (size_t s = 0; s < p->n_set; s++) {
        const el_opt *o = el_opt_find(p->set[s].options, name, len);
        const el_opt *flag =
            negated && !o ? el_opt_find(p->set[s].options, name + 3, len - 3)
                          : NULL;

        if (flag && flag->kind == EL_OPT_FLAG && !text)
            return store(p, s, flag, name, "false");
        if (!o)
            continue;
        el_str_copy(who + 2,
                    len + 1 < sizeof who - 2 ? len + 1 : sizeof who - 2, name);
        if (o->kind == EL_OPT_FLAG && text)
            return el_fail(p->err, EL_E_ARG, "%s takes no value", who);
        if (o->kind == EL_OPT_FLAG)
            return store(p, s, o, who, "true");
        st = text ? EL_OK : next_value(p, who, &text);
        return st == EL_OK ? store(p, s, o, who, text) : st;
    }
    return unknown_option(p, name, len);
}

static const el_opt *find_letter(const parser *p, char letter, size_t *set)
{
    for (*set = 0; *set < p->n_set; ++*set)
        for (const el_opt *o = p->set[*set].options; o && o->name; o++)
            if (o->letter && o->letter == letter)
                return o;
    return NULL;
}

/* -q, -qo FILE, -oFILE */
static el_status parse_letters(parser *p)
{
    const char *arg = p->argv[p->at];

    for (const char *c = arg + 1; *c; c++) {
        size_t set;
        const el_opt *o = find_letter(p, *c, &set);
        const char who[] = {'-', *c, '\0'};
        const char *text = c[1] ? c + 1 : NULL;
        el_status st = EL_OK;

        if (!o)
            return el_fail(p->err, EL_E_ARG, "unknown option %.80s", arg);
        if (o->kind == EL_OPT_FLAG) {
            st = store(p, set, o, who, "true");
            if (st != EL_OK)
                return st;
            continue;
        }
        if (!text)
            st = next_value(p, who, &text);
        return st == EL_OK ? store(p, set, o, who, text) : st;
    }
    return EL_OK;
}

bool el_opt_wants_help(const el_words *words)
{
    char *const *argv = words->argv;

    for (int i = 0; i < words->argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static el_status parse_all(parser *p)
{
    bool ended = false;
    el_status st = EL_OK;

    for (p->at = 0; p->at < p->argc && st == EL_OK; p->at++) {
        const char *arg = p->argv[p->at];

        if (ended || arg[0] != '-' || arg[1] == '\0')
            p->pos[p->n_pos++] = arg;
        else if (strcmp(arg, "--") == 0)
            ended = true;
        else if (arg[1] == '-')
            st = parse_long(p);
        else
            st = parse_letters(p);
    }
    return st;
}

el_status el_opt_parse(const el_opt_set *set, size_t n_set,
                       const el_words *words, const char **pos, size_t *n_pos,
                       el_strings *strings, el_error *err)
{
    parser p = {.set = set,
                .n_set = n_set < MAX_SETS ? n_set : MAX_SETS,
                .argc = words->argc,
                .argv = words->argv,
                .pos = pos,
                .strings = strings,
                .err = err};
    el_status st = parse_all(&p);

    if (st == EL_OK)
        *n_pos = p.n_pos;
    return st;
}

/* "ENERGYLENS_MIN_LATENCY" for --min-latency. */
static void variable_of(const el_opt *opt, char name[MAX_VARIABLE])
{
    size_t len;

    el_str_copy(name, MAX_VARIABLE, "ENERGYLENS_");
    len = strlen(name);
    for (const char *c = opt->name; *c && len + 1 < MAX_VARIABLE; c++)
        name[len++] = (char)(*c == '-'                ? '_'
                             : *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A'
                                                      : *c);
    name[len] = '\0';
}

el_status el_opt_environment(const el_opt_set *set, size_t n_set,
                             char *(*lookup)(const char *), el_strings *strings,
                             el_error *err)
{
    for (size_t s = 0; s < n_set; s++)
        for (const el_opt *o = set[s].options; o && o->name; o++) {
            char name[MAX_VARIABLE];
            const char *text;
            el_status st;

            variable_of(o, name);
            text = lookup(name);
            if (!text || !*text)
                continue;
            text = el_strings_add(strings, text, strlen(text));
            if (!text)
                return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
            st = el_opt_store(o, set[s].args, name, text, true, strings, err);
            if (st != EL_OK)
                return st;
        }
    return EL_OK;
}
