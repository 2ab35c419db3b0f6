/* SPDX-License-Identifier: Apache-2.0 */
/* Any body of a request: refused in one line, or words that name no file but
 * the one that was handed over and never write one. */
#include "el_fuzz_json.h"

#include "base/mem.h"
#include "cli/serve_words.h"

static const char *find(void *ctx, const char *name)
{
    (void)ctx;
    return strcmp(name, "upload:1") == 0 ? "/handed/over" : NULL;
}

static void check(const char *word)
{
    static const char *const files[] = {
        "--fit=",  "--calibrate=", "--trace=",
        "--grid=", "--links=",     "--kernel-table="};

    require(strncmp(word, "-o", 2) != 0 && strncmp(word, "--out", 5) != 0);
    require(strncmp(word, "--catalog", 9) != 0);
    for (size_t k = 0; k < sizeof files / sizeof *files; k++)
        if (strncmp(word, files[k], strlen(files[k])) == 0)
            require(strcmp(word + strlen(files[k]), "/handed/over") == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_serve_words words;
    el_error err = {0};
    el_status st = el_serve_words_make("optimize", (const char *)data, size,
                                       find, NULL, &words, &err);

    if (st == EL_OK) {
        require(words.n >= 1 && strcmp(words.word[0], "optimize") == 0);
        for (size_t i = 1; i < words.n; i++)
            check(words.word[i]);
        el_serve_words_clear(&words);
    } else {
        require(st == EL_E_ARG || st == EL_E_DATA);
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
    }
    require(el_mem_live() == 0);
    return 0;
}
