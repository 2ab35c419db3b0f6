/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/opt_print.h"

#include <math.h>
#include <string.h>

static void begin(const el_opt *opt, el_buf *words)
{
    el_buf_printf(words, "--%s=", opt->name);
}

static void end(el_buf *words, size_t *n)
{
    el_buf_add_n(words, "", 1);
    (*n)++;
}

static void print_names(const el_opt *opt, const el_names *v, el_buf *words,
                        size_t *n)
{
    bool repeated = opt->kind == EL_OPT_REPEATED;

    for (size_t i = 0; i < v->n; i++) {
        if (i == 0 || repeated)
            begin(opt, words);
        el_buf_printf(words, "%s%s", i > 0 && !repeated ? "," : "", v->v[i]);
        if (repeated || i + 1 == v->n)
            end(words, n);
    }
}

static void print_amounts(const el_opt *opt, const double *v, size_t n_v,
                          bool percent, el_buf *words, size_t *n)
{
    for (size_t i = 0; i < n_v; i++) {
        if (i == 0)
            begin(opt, words);
        el_buf_printf(words, "%s%.17g%s", i > 0 ? "," : "", v[i],
                      percent ? "%" : "");
        if (i + 1 == n_v)
            end(words, n);
    }
}

static void print_ints(const el_opt *opt, const el_ints *v, el_buf *words,
                       size_t *n)
{
    for (size_t i = 0; i < v->n; i++) {
        if (i == 0)
            begin(opt, words);
        el_buf_printf(words, "%s%llu", i > 0 ? "," : "",
                      (unsigned long long)v->v[i]);
        if (i + 1 == v->n)
            end(words, n);
    }
}

static void print_range(const el_opt *opt, const el_range *v, el_buf *words,
                        size_t *n)
{
    if (isnan(v->lo))
        return;
    begin(opt, words);
    el_buf_printf(words, "%.17g:%.17g", v->lo, v->hi);
    end(words, n);
}

static void print_text(const el_opt *opt, const char *text, el_buf *words,
                       size_t *n)
{
    if (!text)
        return;
    begin(opt, words);
    el_buf_add(words, text);
    end(words, n);
}

void el_opt_print(const el_opt *opt, const void *args, el_buf *words, size_t *n)
{
    const void *at = (const char *)args + opt->offset;
    const el_amounts *amounts = at;
    const el_amount *amount = at;
    int choice;

    switch (opt->kind) {
    case EL_OPT_FLAG:
        el_buf_printf(words, "--%s%s", *(const bool *)at ? "" : "no-",
                      opt->name);
        end(words, n);
        break;
    case EL_OPT_STRING:
        print_text(opt, *(const char *const *)at, words, n);
        break;
    case EL_OPT_UINT:
        begin(opt, words);
        el_buf_printf(words, "%llu", (unsigned long long)*(const uint64_t *)at);
        end(words, n);
        break;
    case EL_OPT_DOUBLE:
    case EL_OPT_DURATION:
        if (!isnan(*(const double *)at))
            print_amounts(opt, at, 1, false, words, n);
        break;
    case EL_OPT_AMOUNT:
        print_amounts(opt, &amount->value, 1, amount->percent, words, n);
        break;
    case EL_OPT_AMOUNTS:
        print_amounts(opt, amounts->v, amounts->n, amounts->percent, words, n);
        break;
    case EL_OPT_INTS:
        print_ints(opt, at, words, n);
        break;
    case EL_OPT_RANGE:
        print_range(opt, at, words, n);
        break;
    case EL_OPT_ENUM:
        choice = *(const int *)at;
        print_text(opt, choice < 0 ? NULL : opt->choices[choice], words, n);
        break;
    case EL_OPT_NAMES:
    case EL_OPT_REPEATED:
        print_names(opt, at, words, n);
        break;
    }
}
