/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of requests: exact lengths, in the words of each engine. */
#include <stdio.h>
#include <string.h>

#include "load/client.h"

#define FIRST_ID   1000u  /* above control and byte tokens, */
#define VOCABULARY 20000u /* below the special ones of any usual tokenizer */

static void add_json(el_buf *out, const char *text)
{
    el_buf_add(out, "\"");
    for (const char *p = text; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            el_buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            el_buf_printf(out, "\\u%04x", c);
        else
            el_buf_add_n(out, p, 1);
    }
    el_buf_add(out, "\"");
}

/* printf would take 1 ms for 10,000 of them while streams wait. */
static void add_id(el_buf *out, size_t id)
{
    char digit[24];
    size_t at = sizeof digit;

    digit[--at] = ',';
    do
        digit[--at] = (char)('0' + id % 10);
    while ((id /= 10) > 0);
    el_buf_add_n(out, digit + at, sizeof digit - at);
}

static void add_ids(const el_load *load, size_t n, el_rng *rng, el_buf *out)
{
    size_t first = load->target.first_id, end = load->target.vocabulary;

    if (end == 0) {
        first = FIRST_ID;
        end = VOCABULARY;
    }
    el_buf_add(out, "\"prompt\":[");
    for (size_t i = 0; i < n; i++)
        add_id(out, first + el_rng_below(rng, end - first));
    if (el_buf_ok(out))
        out->text[out->len - 1] = ']'; /* the last comma */
}

/* n tokens in all. The first word is always the same: it has no blank in front
   of it, which may make another token of it. */
static void add_words(const el_words *words, size_t n, el_rng *rng, el_buf *out)
{
    el_buf_add(out, words->word[0]);
    for (size_t i = words->base + 1; i < n; i++) {
        el_buf_add(out, " ");
        el_buf_add(out, words->word[el_rng_below(rng, words->n)]);
    }
}

static void open_text(const el_load *load, el_buf *out)
{
    el_buf_add(out, load->target.api == EL_LOAD_CHAT
                        ? "\"messages\":[{\"role\":\"user\",\"content\":\""
                        : "\"prompt\":\"");
}

static void close_text(const el_load *load, el_buf *out)
{
    el_buf_add(out, load->target.api == EL_LOAD_CHAT ? "\"}]" : "\"");
}

/* Answers of exactly n tokens. */
static void add_length(el_load_engine engine, size_t n, el_buf *out)
{
    el_buf_printf(out, ",\"max_tokens\":%zu", n);
    switch (engine) {
    case EL_LOAD_VLLM:
    case EL_LOAD_SGLANG:
    case EL_LOAD_TRTLLM:
        el_buf_printf(out, ",\"ignore_eos\":true,\"min_tokens\":%zu", n);
        break;
    case EL_LOAD_LLAMACPP:
        el_buf_printf(out,
                      ",\"n_predict\":%zu,\"ignore_eos\":true,"
                      "\"cache_prompt\":false",
                      n);
        break;
    case EL_LOAD_AUTO:
    case EL_LOAD_OPENAI:
        break;
    }
}

static void begin(const el_load *load, el_buf *out)
{
    el_buf_add(out, "{\"model\":");
    add_json(out, load->target.model);
    el_buf_add(out, ",");
}

el_status el_client_probe(const el_load *load, const char *prompt, el_buf *out)
{
    begin(load, out);
    open_text(load, out);
    el_buf_add(out, prompt);
    close_text(load, out);
    el_buf_add(out, ",\"max_tokens\":1}");
    return el_buf_ok(out) ? EL_OK : EL_E_NOMEM;
}

el_status el_client_body(const el_load *load, el_load_shape shape,
                         uint64_t seed, size_t index, el_buf *out,
                         el_error *err)
{
    bool ids = load->target.prompt == EL_LOAD_PROMPT_IDS;
    el_rng rng;

    if (!ids && shape.input_tokens <= load->words.base)
        return el_fail(err, EL_E_ARG,
                       "load: %u input tokens: the server's template alone has "
                       "%zu, so at least %zu",
                       shape.input_tokens, load->words.base,
                       load->words.base + 1);
    el_rng_init(&rng, seed, index);
    begin(load, out);
    if (ids) {
        add_ids(load, shape.input_tokens, &rng, out);
    } else {
        open_text(load, out);
        add_words(&load->words, shape.input_tokens, &rng, out);
        close_text(load, out);
    }
    add_length(load->target.engine, shape.output_tokens, out);
    el_buf_add(out, ",\"stream\":true,"
                    "\"stream_options\":{\"include_usage\":true}");
    if (load->target.extra_json)
        el_buf_printf(out, ",%s", load->target.extra_json);
    el_buf_add(out, "}");
    if (!el_buf_ok(out))
        return el_fail(err, EL_E_NOMEM, "load: no memory for a prompt");
    return EL_OK;
}
