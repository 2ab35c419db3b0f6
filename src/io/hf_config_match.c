/* SPDX-License-Identifier: Apache-2.0 */
/* Module patterns of quantisation configs. */
#include <stdio.h>
#include <string.h>

#include "io/hf_config_reader.h"

#define MAX_STEPS                                                              \
    20000 /* patterns come from files: no endless backtracking                 \
           */
#define MAX_DEPTH 64

/* From "layers." on, where it stands after dotted prefixes. */
static const char *without_prefix(const char *text)
{
    const char *at = strstr(text, "layers.");

    return at && (at == text || at[-1] == '.') ? at : text;
}

/* `*` is anything; a match may end before a '.' of the module (its parent),
 * or anywhere once the pattern ends in '*'. */
static bool wild(const char *p, const char *m)
{
    const char *star = NULL, *retry = NULL;

    for (;;) {
        if (*p == '*') {
            star = ++p;
            retry = m;
            if (*p == '\0')
                return true;
        } else if (*p == '\0' && (*m == '\0' || *m == '.')) {
            return true;
        } else if (*m && *p == *m) {
            p++;
            m++;
        } else if (star && *retry) {
            p = star;
            m = ++retry;
        } else {
            return false;
        }
    }
}

/* A pattern without a layer: any run of whole components. */
static bool anywhere(const char *pattern, const char *module)
{
    while (module) {
        if (wild(pattern, module))
            return true;
        module = strchr(module, '.');
        module = module ? module + 1 : NULL;
    }
    return false;
}

typedef struct matcher {
    int steps;
} matcher;

/* Depth and steps are bounded. NOLINTBEGIN(misc-no-recursion) */
static bool here(matcher *x, const char *p, const char *stop, const char *m,
                 int depth);

/* Length of the atom at p: a group, class, escape or character. */
static size_t atom_length(const char *p, const char *stop)
{
    size_t n = 0;
    int level = 0;

    if (*p == '\\')
        return p + 1 < stop ? 2 : 1;
    if (*p == '[') {
        while (p + n < stop && p[n] != ']')
            n++;
        return p + n < stop ? n + 1 : n;
    }
    if (*p != '(')
        return 1;
    for (; p + n < stop; n++) {
        level += (p[n] == '(') - (p[n] == ')');
        if (level == 0)
            return n + 1;
    }
    return n;
}

static bool in_class(const char *p, size_t n, char c)
{
    bool negated = n > 2 && p[1] == '^';
    bool found = false;

    for (size_t i = negated ? 2 : 1; i + 1 < n; i++)
        if (i + 3 < n && p[i + 1] == '-') {
            found = found || (c >= p[i] && c <= p[i + 2]);
            i += 2;
        } else {
            found = found || c == p[i];
        }
    return found != negated;
}

/* One character of text against an atom that is no group. */
static bool fits(const char *p, size_t n, char c)
{
    if (c == '\0')
        return false;
    if (*p == '.')
        return true;
    if (*p == '[')
        return in_class(p, n, c);
    if (*p == '\\' && n == 2)
        return p[1] == 'd' ? c >= '0' && c <= '9' : c == p[1];
    return *p == c;
}

/* Each alternative of p..stop, followed by rest, as one pattern. */
static bool alternatives(matcher *x, const char *p, const char *stop,
                         const char *rest, const char *m, int depth)
{
    char joined[512];

    while (p <= stop) {
        const char *bar = p;
        int n;

        while (bar < stop && *bar != '|')
            bar += atom_length(bar, stop);
        bar = bar > stop ? stop : bar;
        n = snprintf(joined, sizeof joined, "%.*s%s", (int)(bar - p), p, rest);
        if (n >= 0 && (size_t)n < sizeof joined &&
            here(x, joined, joined + n, m, depth + 1))
            return true;
        p = bar + 1;
    }
    return false;
}

/* The group of n characters at p, perhaps repeated, and what follows. */
static bool group(matcher *x, const char *p, size_t n, const char *stop,
                  const char *m, int depth)
{
    const char *inner = p + 1, *after = p + n;
    char again = '\0', rest[512];
    bool many;
    int used;

    if (after < stop)
        again = *after;
    many = again == '*' || again == '+';
    if (many || again == '?')
        after++;
    if ((again == '*' || again == '?') && here(x, after, stop, m, depth + 1))
        return true;
    used = snprintf(rest, sizeof rest, "%.*s%s%.*s", many ? (int)n : 0, p,
                    many ? "*" : "", (int)(stop - after), after);
    if (used < 0 || (size_t)used >= sizeof rest)
        return false;
    if (n > 4 && inner[0] == '?' && inner[1] == ':')
        inner += 2;
    return alternatives(x, inner, p + n - 1, rest, m, depth);
}

static bool repeat(matcher *x, const char *p, size_t n, const char *stop,
                   const char *m, int depth)
{
    size_t least = p[n] == '+' ? 1 : 0, most = 0;
    const char *rest = p + n + 1;

    while (m[most] && fits(p, n, m[most]) && (p[n] != '?' || most < 1))
        most++;
    for (size_t k = most + 1; k-- > least;)
        if (here(x, rest, stop, m + k, depth + 1))
            return true;
    return false;
}

/* As Python's re.match: from the start, to anywhere. */
static bool here(matcher *x, const char *p, const char *stop, const char *m,
                 int depth)
{
    while (p < stop) {
        size_t n = atom_length(p, stop);

        if (++x->steps > MAX_STEPS || depth > MAX_DEPTH)
            return false;
        if (*p == '$' && p + 1 == stop)
            return *m == '\0';
        if (*p == '(' && n > 1)
            return group(x, p, n, stop, m, depth);
        if (p + n < stop && strchr("*+?", p[n]))
            return repeat(x, p, n, stop, m, depth);
        if (*p != '^' && !fits(p, n, *m))
            return false;
        m += *p != '^';
        p += n;
    }
    return true;
}

/* NOLINTEND(misc-no-recursion) */

bool el_hf_match(const char *pattern, const char *module)
{
    matcher x = {0};
    const char *p;

    if (strncmp(pattern, "re:", 3) == 0) {
        p = pattern + 3;
        return here(&x, p, p + strlen(p), module, 0);
    }
    p = without_prefix(pattern);
    if (*p == '\0')
        return false;
    if (strncmp(p, "layers.", 7) == 0)
        return wild(p, without_prefix(module));
    return anywhere(p, module);
}
