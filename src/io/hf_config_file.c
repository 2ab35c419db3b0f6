/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a path means. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/file.h"
#include "io/hf_config.h"

#define MAX_PATH 4096
#define QUANT    "hf_quant_config.json"

static bool is_folder(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static bool is_file(const char *path)
{
    struct stat s;

    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool ends(const char *text, const char *with)
{
    size_t n = strlen(text), m = strlen(with);

    return n >= m && strcmp(text + n - m, with) == 0;
}

/* `path` with its last n characters replaced; false: too long. */
static bool replace_end(char out[MAX_PATH], const char *path, size_t n,
                        const char *with)
{
    size_t keep = strlen(path) - n;
    int k = keep < MAX_PATH
                ? snprintf(out, MAX_PATH, "%.*s%s", (int)keep, path, with)
                : MAX_PATH;

    return k < MAX_PATH;
}

/* The config a path means: in a folder, or beside an hf_quant_config.json. */
static el_status find_config(const char *path, char config[MAX_PATH],
                             el_error *err)
{
    bool fits = true;
    size_t n = strlen(path);

    if (is_folder(path)) {
        while (n > 1 && path[n - 1] == '/')
            n--;
        fits = replace_end(config, path, strlen(path) - n, "/config.json");
        if (fits && !is_file(config)) {
            char index[MAX_PATH];

            if (replace_end(index, path, strlen(path) - n,
                            "/model_index.json") &&
                is_file(index))
                return el_fail(err, EL_E_DATA,
                               "%s: diffusion pipeline: only language models "
                               "are predicted",
                               index);
        }
    } else if (ends(path, "__" QUANT)) {
        fits = replace_end(config, path, strlen("__" QUANT), ".json");
    } else if (ends(path, QUANT)) {
        fits = replace_end(config, path, strlen(QUANT), "config.json");
    } else {
        fits = replace_end(config, path, 0, "");
    }
    if (!fits)
        return el_fail(err, EL_E_IO, "%.64s...: path too long (limit %d)", path,
                       MAX_PATH);
    if (ends(path, QUANT) && !is_file(config))
        return el_fail(err, EL_E_DATA,
                       "%s: says how weights are stored but not the network: "
                       "%s is missing",
                       path, config);
    return EL_OK;
}

/* false: there is none. */
static bool find_quant(const char *config, char quant[MAX_PATH])
{
    bool ok = false;

    if (ends(config, "/config.json") || strcmp(config, "config.json") == 0)
        ok = replace_end(quant, config, strlen("config.json"), QUANT);
    else if (ends(config, ".json"))
        ok = replace_end(quant, config, strlen(".json"), "__" QUANT);
    return ok && is_file(quant);
}

el_status el_hf_config_read(const char *path, el_arch_desc *out, el_error *err)
{
    char config[MAX_PATH], quant[MAX_PATH];
    char *text = NULL, *quant_text = NULL;
    size_t len = 0, quant_len = 0;
    el_status st;

    if (!path || !out)
        return el_fail(err, EL_E_ARG, "hf config: NULL path or result");
    st = find_config(path, config, err);
    if (st == EL_OK)
        st = el_file_read(config, EL_HF_MAX_FILE, &text, &len, err);
    if (st == EL_OK && find_quant(config, quant))
        st = el_file_read(quant, EL_HF_MAX_FILE, &quant_text, &quant_len, err);
    if (st == EL_OK)
        st = el_hf_config_parse(text, len, config, quant_text, quant_len, out,
                                err);
    el_free(quant_text);
    el_free(text);
    return st;
}
