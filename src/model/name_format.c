/* SPDX-License-Identifier: Apache-2.0 */
#include "model/name_format.h"

#include <math.h>
#include <string.h>

#include "model/catalog_key.h"

/* Blocks of llama.cpp (ggml-common.h): bytes of a block over its weights. */
static const struct {
    const char *name; /* as the analytic model takes it */
    double bits;
} gguf[10] = {
    [1] = {"q1", 1.75},  [2] = {"q2_k", 2.625}, [3] = {"q3_k", 3.4375},
    [4] = {"q4_k", 4.5}, [5] = {"q5_k", 5.5},   [6] = {"q6_k", 6.5625},
    [8] = {"q8_0", 8.5},
};

/* 0: none. */
static size_t gguf_digit(const char *words)
{
    size_t digit;

    if (el_key_gguf(words, strcspn(words, "-")) == 0)
        return 0;
    digit = (size_t)(words[words[0] == 'i' ? 2 : 1] - '0');
    return gguf[digit].name ? digit : 0;
}

double el_gguf_bits(const char *format)
{
    char words[EL_CATALOG_MAX_NAME + 1];
    size_t digit;

    if (strnlen(format, sizeof words) >= sizeof words)
        return (double)NAN;
    el_key_words(format, words);
    digit = gguf_digit(words);
    /* all of it: "q4_k_m" is a format, "q4 of 2024" is not */
    if (digit == 0 || words[el_key_gguf(words, strcspn(words, "-"))] != '\0')
        return (double)NAN;
    return gguf[digit].bits;
}

static const char *format_of(const char *word, size_t len)
{
    static const struct {
        const char *word, *format;
    } known[] = {
        {"fp8", "fp8"},    {"float8", "fp8"},  {"int8", "int8"},
        {"8bit", "int8"},  {"w8a8", "int8"},   {"w8a16", "int8"},
        {"fp4", "nvfp4"},  {"nvfp4", "nvfp4"}, {"mxfp4", "mxfp4"},
        {"int4", "int4"},  {"4bit", "int4"},   {"nf4", "int4"},
        {"w4a16", "int4"}, {"w4a8", "int4"},   {"w4afp8", "int4"},
        {"awq", "awq"},    {"gptq", "gptq"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i].word) == len &&
            memcmp(known[i].word, word, len) == 0)
            return known[i].format;
    return "";
}

const char *el_name_format(const char *model)
{
    char words[EL_CATALOG_MAX_NAME + 1];
    const char *found = "";

    if (!model || strnlen(model, sizeof words) >= sizeof words)
        return "";
    el_key_words(model, words);
    for (const char *word = words; *word;) {
        size_t len = strcspn(word, "-"), digit = gguf_digit(word);
        const char *format = digit ? gguf[digit].name : format_of(word, len);

        /* a method (awq, gptq) gives way to a width */
        if (*format && (!*found || strcmp(found, "awq") == 0 ||
                        strcmp(found, "gptq") == 0))
            found = strcmp(format, "int4") == 0 && *found ? found : format;
        word += len;
        word += *word == '-';
    }
    return found;
}
