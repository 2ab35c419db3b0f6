/* SPDX-License-Identifier: Apache-2.0 */
#include "model/catalog_key.h"

#include <string.h>

#include "base/str.h"

/* Leading words that say who made it. */
static const char *const vendor[] = {"nvidia",   "amd",     "intel",
                                     "tesla",    "geforce", "quadro",
                                     "instinct", "radeon",  NULL};
/* No name of a family (qwen, deepseek): "Qwen-7B" is not "7B". */
static const char *const publisher[] = {
    "meta",     "nvidia",  "google", "mistralai", "microsoft", "openai",
    "facebook", "bigcode", "ibm",    "tiiuae",    NULL};

/* Words after which the shape is the same. */
static const char *const noise[] = {
    /* precision and packing */
    "fp4", "fp8", "fp16", "fp32", "bf16", "f16", "f32", "float8", "float16",
    "bfloat16", "int4", "int8", "4bit", "8bit", "w4a16", "w8a8", "w8a16",
    "w4a8", "w4afp8", "awq", "gptq", "ggml", "gguf", "nvfp4", "mxfp4", "nf4",
    "bnb", "mlx", "exl2", "marlin", "quantized", "quant", "dynamic", "static",
    "pertensor", "block", "kv", "g128", "128g",
    /* what it was tuned for */
    "instruct", "it", "chat", "hf", "base", "pt", "sft", "dpo", "thinking",
    "reasoning", "preview", "turbo", "latest", NULL};
static const char *const context[] = {"2k",  "4k",   "8k",   "16k", "32k",
                                      "64k", "128k", "200k", "1m",  NULL};

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Length of "(r)" or "(tm)" at s, else 0. */
static size_t trademark(const char *s)
{
    if (s[0] != '(')
        return 0;
    if (lower(s[1]) == 'r' && s[2] == ')')
        return 3;
    return lower(s[1]) == 't' && lower(s[2]) == 'm' && s[3] == ')' ? 4 : 0;
}

void el_key_words(const char *src, char *dst)
{
    const char *begin = src;
    size_t n = 0;
    bool gap = false;

    while (*src) {
        size_t mark = trademark(src);
        char c = lower(*src);
        bool point =
            c == '.' && src > begin && is_digit(src[-1]) && is_digit(src[1]);

        if (mark == 0 && (is_letter(c) || is_digit(c) || point || c == '+')) {
            if (gap && n > 0)
                dst[n++] = '-';
            dst[n++] = c;
            gap = false;
        } else {
            gap = true;
        }
        src += mark > 0 ? mark : 1;
    }
    dst[n] = '\0';
}

/* Step 2: no dash after a letter. */
static void to_key(const char *words, char *key)
{
    char last = '\0';

    for (; *words; words++) {
        if (*words != '-' || !is_letter(last))
            *key++ = *words;
        last = *words;
    }
    *key = '\0';
}

static bool is_word_of(const char *word, size_t len, const char *const *list)
{
    for (; *list; list++)
        if ((*list)[0] == word[0] && strncmp(word, *list, len) == 0 &&
            (*list)[len] == '\0')
            return true;
    return false;
}

static const char *skip_leading(const char *words, const char *const *list)
{
    size_t len = strcspn(words, "-");

    while (words[len] == '-' && is_word_of(words, len, list)) {
        words += len + 1;
        len = strcspn(words, "-");
    }
    return words;
}

static bool is_date(const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_digit(word[i]))
            return false;
    return len == 4 || len == 8;
}

size_t el_key_gguf(const char *word, size_t len)
{
    size_t head = len > 0 && word[0] == 'i' ? 1 : 0;

    if (len - head < 2 || word[head] != 'q' || !is_digit(word[head + 1]) ||
        len - head > 2)
        return 0;
    /* "q4-k-m", "iq2-xxs", "q8-0": what follows is how the blocks are made */
    while (word[len] == '-') {
        const char *tag = word + len + 1;
        size_t n = strcspn(tag, "-");

        if (n == 0 || strspn(tag, "klmsnx01") < n)
            break;
        len += 1 + n;
    }
    return len;
}

/* Copy words without those that leave the shape as it is. */
static void drop_noise(const char *words, bool lengths_too, char *dst)
{
    size_t n = 0;

    while (*words) {
        size_t len = strcspn(words, "-"), gguf = el_key_gguf(words, len);

        if (gguf > 0)
            len = gguf;
        else if (!is_word_of(words, len, noise) && !is_date(words, len) &&
                 !(lengths_too && is_word_of(words, len, context))) {
            if (n > 0)
                dst[n++] = '-';
            memcpy(dst + n, words, len);
            n += len;
        }
        words += len;
        words += *words == '-';
    }
    dst[n] = '\0';
}

static size_t add_key(const char *words, el_key *key, size_t n)
{
    to_key(words, key[n].text);
    for (size_t i = 0; i < n; i++)
        if (strcmp(key[i].text, key[n].text) == 0)
            return n;
    return key[n].text[0] != '\0' ? n + 1 : n;
}

/* What follows the last '/' or "--" that has something behind it. */
static const char *tail_of(const char *name)
{
    const char *tail = name;

    for (const char *s = name; *s; s++) {
        if (*s == '/' && s[1] != '\0')
            tail = s + 1;
        else if (s[0] == '-' && s[1] == '-' && s[2] != '\0')
            tail = s + 2;
    }
    return tail;
}

static bool usable(const char *name)
{
    return name &&
           strnlen(name, EL_CATALOG_MAX_NAME + 1) <= EL_CATALOG_MAX_NAME;
}

size_t el_keys_exact(el_kind kind, const char *name, el_key *key)
{
    char words[EL_CATALOG_MAX_NAME + 1];
    size_t n;

    if (!usable(name))
        return 0;
    el_key_words(name, words);
    n = add_key(words, key, 0);
    if (kind == EL_KIND_GPU)
        return add_key(skip_leading(words, vendor), key, n);
    el_key_words(tail_of(name), words);
    n = add_key(words, key, n);
    return add_key(skip_leading(words, publisher), key, n);
}

/* Memory in GB of "80gb", "144g"; 0. */
static double memory_of(const char *word, size_t len)
{
    size_t digits = strspn(word, "0123456789");
    double gb = 0.0;

    if (digits == 0 || digits > 4 || len == digits || word[digits] != 'g' ||
        (len != digits + 1 && !(len == digits + 2 && word[digits + 1] == 'b')))
        return 0.0;
    for (size_t i = 0; i < digits; i++)
        gb = 10.0 * gb + (word[i] - '0');
    return gb;
}

size_t el_keys_board(const char *name, el_key *key, double *memory_gb)
{
    static const char *const form[] = {"sxm",  "sxm2", "sxm3", "sxm4",  "sxm5",
                                       "sxm6", "oam",  "hbm3", "hbm3e", NULL};
    char all[EL_CATALOG_MAX_NAME + 1], kept[EL_CATALOG_MAX_NAME + 1] = "";
    size_t n = 0;

    *memory_gb = 0.0;
    if (!usable(name))
        return 0;
    el_key_words(name, all);
    for (const char *word = skip_leading(all, vendor); *word;) {
        size_t len = strcspn(word, "-");
        double gb = memory_of(word, len);

        if (gb > 0.0) {
            *memory_gb = gb;
        } else if (!is_word_of(word, len, form)) {
            if (n > 0)
                kept[n++] = '-';
            memcpy(kept + n, word, len);
            n += len;
        }
        word += len;
        word += *word == '-';
    }
    kept[n] = '\0';
    return add_key(kept, key, 0);
}

size_t el_keys_loose(el_kind kind, const char *name, el_key *key)
{
    char words[EL_CATALOG_MAX_NAME + 1] = "", kept[EL_CATALOG_MAX_NAME + 1];
    size_t n = el_keys_exact(kind, name, key);

    if (n == 0 || kind == EL_KIND_GPU)
        return n;
    for (int lengths_too = 0; lengths_too <= 1; lengths_too++) {
        el_key_words(name, words);
        drop_noise(words, lengths_too, kept);
        n = add_key(kept, key, n);
        el_key_words(tail_of(name), words);
        drop_noise(skip_leading(words, publisher), lengths_too, kept);
        n = add_key(kept, key, n);
    }
    return n;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t el_key_distance(const char *a, const char *b, size_t limit)
{
    size_t row[EL_CATALOG_MAX_NAME + 1];
    size_t n_a = strlen(a), n_b = strlen(b);

    if (n_a > EL_CATALOG_MAX_NAME || n_b > EL_CATALOG_MAX_NAME ||
        n_a > n_b + limit || n_b > n_a + limit)
        return limit + 1;
    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t corner = row[0]; /* distance(i - 1, j - 1) */

        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t above = row[j];
            size_t swap = corner + (a[i - 1] != b[j - 1]);

            row[j] = least(swap, 1 + least(above, row[j - 1]));
            corner = above;
        }
    }
    return least(row[n_b], limit + 1);
}
