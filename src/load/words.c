/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of an exact number of tokens on a tokenizer that nobody here knows:
 * words that it takes as one token each, wherever they stand. Its own counts
 * (usage.prompt_tokens) decide.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/task.h"
#include "load/chunk.h"
#include "load/client.h"

#define LEAST_WORDS 8u /* fewer make prompts that repeat themselves */
#define REPEAT      ((size_t)24)

/* Short and common: one token each in most vocabularies. */
static const char *const candidate[] = {
    "the",   "time",  "year", "people", "way",   "day",   "man",    "thing",
    "world", "life",  "hand", "part",   "child", "eye",   "woman",  "place",
    "work",  "week",  "case", "point",  "home",  "water", "room",   "area",
    "money", "story", "fact", "month",  "lot",   "right", "study",  "book",
    "word",  "side",  "kind", "head",   "house", "page",  "friend", "power",
    "hour",  "game",  "line", "end",    "city",  "name",  "team",   "car",
};

#define N_CANDIDATE (sizeof candidate / sizeof *candidate)
_Static_assert(N_CANDIDATE <= EL_LOAD_MAX_WORDS, "room for all of them");

/* Tokens of n words, word i being list[i % n_list]. */
static el_status count(el_load *load, const char *const *list, size_t n_list,
                       size_t n, const el_task *task, size_t *out,
                       el_error *err)
{
    el_buf text = {0}, body = {0}, page = {0};
    double tokens = (double)NAN;
    el_status st = EL_OK;

    for (size_t i = 0; i < n; i++) {
        el_buf_add(&text, i > 0 ? " " : "");
        el_buf_add(&text, list[i % n_list]);
    }
    if (!el_buf_ok(&text) || el_client_probe(load, text.text, &body) != EL_OK)
        st = el_fail(err, EL_E_NOMEM, "load: no memory for a probe");
    if (st == EL_OK)
        st = el_client_ask(load, load->path, body.text, task, &page, err);
    if (st == EL_OK) {
        tokens = el_chunk_prompt_tokens(page.text, page.len);
        if (!(tokens >= 1 && tokens <= EL_LOAD_MAX_TOKENS))
            st = el_fail(err, EL_E_DATA,
                         "%.200s%s: no prompt_tokens in its answer: texts "
                         "cannot be made to measure",
                         load->url, load->path);
    }
    if (st == EL_OK)
        *out = (size_t)tokens;
    el_buf_clear(&page);
    el_buf_clear(&body);
    el_buf_clear(&text);
    return st;
}

/* All candidates at once; done where each is one token. */
static el_status try_all(el_load *load, const el_task *task, bool *all,
                         el_error *err)
{
    size_t once, thrice;
    el_status st =
        count(load, candidate, N_CANDIDATE, N_CANDIDATE, task, &once, err);

    if (st == EL_OK)
        st = count(load, candidate, N_CANDIDATE, 3 * N_CANDIDATE, task, &thrice,
                   err);
    if (st != EL_OK)
        return st;
    *all = thrice == once + 2 * N_CANDIDATE && once >= N_CANDIDATE;
    if (*all) {
        load->words.base = once - N_CANDIDATE;
        load->words.n = N_CANDIDATE;
        memcpy(load->words.word, candidate, sizeof candidate);
    }
    return EL_OK;
}

/* A word that is k tokens grows a text by k for each time it is in it. */
static el_status try_one(el_load *load, const char *word, const el_task *task,
                         el_error *err)
{
    el_words *w = &load->words;
    size_t few, many;
    el_status st = count(load, &word, 1, REPEAT, task, &few, err);

    if (st == EL_OK)
        st = count(load, &word, 1, 2 * REPEAT, task, &many, err);
    if (st != EL_OK || many != few + REPEAT || few < REPEAT)
        return st;
    if (w->n > 0 && w->base != few - REPEAT)
        return EL_OK; /* differs at the start of a text */
    w->base = few - REPEAT;
    w->word[w->n++] = word;
    return EL_OK;
}

/* Words one by one are one token each; are they in each other's company? */
static el_status check(el_load *load, const el_task *task, el_error *err)
{
    const el_words *w = &load->words;
    size_t n = 5 * w->n + 1, got;
    el_status st = count(load, w->word, w->n, n, task, &got, err);

    if (st == EL_OK && got != w->base + n)
        st = el_fail(err, EL_E_DATA,
                     "%.200s: a text of %zu tokens counts %zu: its tokenizer "
                     "joins words, prompts have no exact length",
                     load->url, w->base + n, got);
    return st;
}

el_status el_client_find_words(el_load *load, const el_task *task,
                               el_error *err)
{
    bool all = false;
    el_status st = try_all(load, task, &all, err);

    if (st != EL_OK || all)
        return st;
    for (size_t i = 0; st == EL_OK && i < N_CANDIDATE; i++)
        st = try_one(load, candidate[i], task, err);
    if (st != EL_OK)
        return st;
    if (load->words.n < LEAST_WORDS)
        return el_fail(err, EL_E_DATA,
                       "%.200s: only %zu of %zu words are one token to its "
                       "tokenizer: prompts have no exact length",
                       load->url, load->words.n, N_CANDIDATE);
    return check(load, task, err);
}
