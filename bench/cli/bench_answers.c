/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of `optimize` as `serve` gives them, without the network: words in,
 * JSON out, for loads and lengths that change with every question.
 * `bench_answers 60 0` asks 60 of the first kind and says nothing of rates: for
 * a profiler.
 */
#include <stdlib.h>
#include <string.h>

#include "../support/el_bench.h"
#include "energylens/verb.h"
#include "io/kept.h"

#define FIT "--fit=data/fits/a100-sxm4-40gb.fit.json"

/* A kind of question: words that stay. */
typedef struct kind {
    const char *name;
    const char *word[4];
    size_t n_word, asked;
} kind;

static size_t n_bytes;

/* The k-th question, 392 of them before one comes again. */
static bool ask(const kind *q, size_t k)
{
    static const int rate[] = {1, 2, 3, 5, 7, 9, 12};
    static const int isl[] = {128, 200, 512, 700, 1000, 1500, 2000, 3000};
    static const int osl[] = {32, 64, 128, 200, 250, 400, 600};
    char lengths[2][32], load[32];
    const char *word[10] = {"optimize", "--json"};
    el_buf out = {0};
    el_error err = {0};
    size_t n = 2;
    el_status st;

    (void)snprintf(load, sizeof load, "--request-rate=%d", rate[k % 7]);
    (void)snprintf(lengths[0], 32, "--isl=%d", isl[k / 7 % 8]);
    (void)snprintf(lengths[1], 32, "--osl=%d", osl[k / 56 % 7]);
    for (size_t i = 0; i < q->n_word; i++)
        word[n++] = q->word[i];
    word[n++] = load;
    word[n++] = lengths[0];
    word[n++] = lengths[1];
    st = el_verb_run(word, n, NULL, &out, NULL, &err);
    if (st != EL_OK)
        (void)fprintf(stderr, "%s: %s\n", q->name, err.message);
    n_bytes += out.len;
    el_buf_clear(&out);
    return st == EL_OK;
}

static double round_of(void *ctx)
{
    kind *q = ctx;
    size_t n = 50;

    for (size_t i = 0; i < n; i++)
        if (!ask(q, q->asked++ * 127))
            abort();
    return (double)n;
}

int main(int argc, char **argv)
{
    kind kinds[] = {
        {"answers from a fit",
         {FIT, "--model=llama-3.1-8b", "--gpu=a100-sxm4-40gb"},
         3,
         0},
        {"answers, analytic", {"--model=llama-3.1-8b", "--gpu=h100"}, 2, 0}};
    size_t most = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    size_t only = most ? strtoul(argv[2], NULL, 10) : 0;
    el_error err = {0};

    if (el_kept_open(&err) != EL_OK)
        return 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (size_t k = 0; i == only && k < most; k++)
            if (!ask(&kinds[i], k * 127))
                return 1;
        n_bytes = kinds[i].asked = 0;
        if (most)
            continue;
        el_bench_print(kinds[i].name, el_bench_rate(round_of, &kinds[i]), "/s");
        el_bench_print("  JSON of one",
                       (double)n_bytes / (double)kinds[i].asked, "bytes");
    }
    el_kept_close();
    return 0;
}
