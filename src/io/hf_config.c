/* SPDX-License-Identifier: Apache-2.0 */
#include "io/hf_config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "io/csv_text.h"
#include "io/hf_config_reader.h"
#include "io/json.h"

/* Python writes Infinity and NaN, which are not JSON: blank them out, outside
 * of strings and without moving what follows. */
static void blank_non_json(char *text, size_t len)
{
    bool inside = false;

    for (size_t i = 0; i < len; i++) {
        if (inside && text[i] == '\\') {
            i++;
            continue;
        }
        if (text[i] == '"')
            inside = !inside;
        if (inside)
            continue;
        if (len - i >= 9 && memcmp(text + i, "-Infinity", 9) == 0)
            memcpy(text + i, "null     ", 9);
        else if (len - i >= 8 && memcmp(text + i, "Infinity", 8) == 0)
            memcpy(text + i, "null    ", 8);
        else if (len - i >= 3 && memcmp(text + i, "NaN", 3) == 0)
            memcpy(text + i, "0  ", 3);
    }
}

static el_status parse_object(const char *text, size_t len, const char *name,
                              json_t **out, el_error *err)
{
    json_t *doc = NULL;
    char *copy = NULL;
    el_status st;

    if (len > EL_HF_MAX_FILE)
        return el_fail(err, EL_E_DATA, "%s: too long (%zu bytes, limit %u)",
                       name, len, EL_HF_MAX_FILE);
    copy = el_array(len + 1, 1);
    if (!copy)
        return el_fail(err, EL_E_NOMEM, "%s: out of memory", name);
    if (len > 0)
        memcpy(copy, text, len);
    blank_non_json(copy, len);
    st = el_json_parse(copy, len, name, &doc, err);
    el_free(copy);
    if (st != EL_OK)
        return st;
    if (!json_is_object(doc)) {
        json_decref(doc);
        return el_fail(err, EL_E_DATA, "%s: not a JSON object", name);
    }
    *out = doc;
    return EL_OK;
}

void el_hf_unfold(char *name)
{
    char *at = strstr(name, "__");

    if (!at)
        return;
    at[0] = '/';
    memmove(at + 1, at + 2, strlen(at + 2) + 1);
}

/* What a name says: folders and ".json" dropped, "__" is "/". */
static void set_name(el_arch_desc *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t n = strlen(base);

    if (strcmp(base, "config.json") == 0 && slash) {
        const char *from = slash;

        while (from > path && from[-1] != '/')
            from--;
        base = from;
        n = (size_t)(slash - from);
    } else if (n > 5 && strcmp(base + n - 5, ".json") == 0) {
        n -= 5;
    }
    (void)snprintf(a->name, sizeof a->name, "%.*s", (int)(n < 95 ? n : 95),
                   base);
    el_hf_unfold(a->name);
}

/* Letters, digits and signs; not empty, no path. */
static bool is_name(const char *text)
{
    if (!text || !*text || *text == '.' || *text == '/')
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

/* config.json where one stands is no name: what the file calls its model, or
 * its kind. */
static void name_by_itself(el_arch_desc *a, const json_t *root)
{
    const char *own = json_string_value(json_object_get(root, "_name_or_path"));

    if (strcmp(a->name, ".") != 0 && strcmp(a->name, "..") != 0 &&
        strcmp(a->name, "config") != 0)
        return;
    if (!is_name(own))
        own = json_string_value(json_object_get(root, "model_type"));
    if (is_name(own))
        el_str_copy(a->name, sizeof a->name, own);
}

static void refuse_pipelines(el_hf *r)
{
    const char *class =
        json_string_value(json_object_get(r->root, "_class_name"));
    char shown[EL_SHOW_SIZE];

    if (class || json_object_get(r->root, "_diffusers_version") ||
        (json_object_get(r->root, "unet") && json_object_get(r->root, "vae"))) {
        el_text_show(shown, class ? class : "?", class ? strlen(class) : 1);
        el_hf_fail(r, "",
                   "diffusion pipeline %s: only language models are predicted",
                   shown);
    }
    if (json_is_true(json_object_get(r->root, "is_encoder_decoder")))
        el_hf_fail(r, "is_encoder_decoder",
                   "encoder-decoder networks are not predicted");
}

/* The language model of a network of several parts. */
static void find_text(el_hf *r)
{
    static const char *const part[] = {"text_config", "llm_config",
                                       "language_config",
                                       "language_model_config"};
    const json_t *thinker = json_object_get(r->root, "thinker_config");

    if (json_is_object(thinker)) /* Qwen-Omni: the talker is left out */
        r->root = thinker;
    r->text = r->root;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        if (!el_hf_enter(r, part[i]))
            continue;
        r->text = r->at;
        r->text_key = part[i];
        break;
    }
    el_hf_leave(r);
}

static const char *type_of(const json_t *object)
{
    return json_string_value(json_object_get(object, "model_type"));
}

static const char *class_of(const json_t *object)
{
    return json_string_value(
        json_array_get(json_object_get(object, "architectures"), 0));
}

static void find_family(el_hf *r)
{
    static const el_hf_family unknown = {"", el_hf_read_plain, 0, NULL, 0};
    const char *type = type_of(r->root);

    if (!type && r->text == r->root)
        type = json_object_get(r->root, "ssm_cfg") ? "mamba" : NULL;
    el_str_copy(r->arch.family, sizeof r->arch.family, type ? type : "");
    r->family = el_hf_family_of(type_of(r->text));
    if (!r->family)
        r->family = el_hf_family_of_class(class_of(r->text));
    if (!r->family)
        r->family = el_hf_family_of(type);
    if (!r->family)
        r->family = el_hf_family_of_class(class_of(r->root));
    if (r->family && !type)
        el_str_copy(r->arch.family, sizeof r->arch.family, r->family->type);
    if (r->family)
        return;
    r->family = &unknown;
    r->arch.generic = true;
}

/* One line that names all that an unknown family would need. */
static void check_generic(el_hf *r)
{
    static const char *const need[] = {
        "hidden_size|n_embd|d_model|hidden_dim|model_dim",
        "num_hidden_layers|n_layer|num_layers|n_layers",
        "num_attention_heads|n_head|n_heads|num_heads",
        "padded_vocab_size|vocab_size|n_vocab"};
    static const char *const name[] = {"hidden_size", "num_hidden_layers",
                                       "num_attention_heads", "vocab_size"};
    char list[128] = "", shown[EL_SHOW_SIZE];
    size_t used = 0;

    for (size_t i = 0; i < sizeof need / sizeof *need; i++)
        if (!el_hf_has(r, need[i]))
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s",
                                     used ? ", " : "", name[i]);
    el_text_show(shown, r->arch.family, strlen(r->arch.family));
    if (used)
        el_hf_fail(r, "model_type", "unknown family %s without %s", shown,
                   list);
}

static void explain_generic(el_hf *r)
{
    const char *act = el_hf_text(r, "hidden_act|activation_function");
    bool gated = !act || strstr(act, "silu") || strstr(act, "glu") ||
                 strstr(act, "swish") || strstr(act, "tanh");

    r->arch.mlp_matrices = gated ? 3 : 2;
    (void)snprintf(r->arch.note, sizeof r->arch.note,
                   "unknown model_type \"%.32s\": estimated as a %s "
                   "transformer from the usual keys",
                   r->arch.family, r->arch.experts > 0 ? "MoE" : "dense");
}

static void read_all(el_hf *r, const json_t *quant)
{
    refuse_pipelines(r);
    if (r->st == EL_OK)
        find_text(r);
    if (r->st != EL_OK)
        return;
    find_family(r);
    if (r->arch.generic)
        check_generic(r);
    if (r->st == EL_OK)
        r->family->read(r);
    if (r->st == EL_OK && r->arch.generic)
        explain_generic(r);
    el_hf_read_vision(r);
    el_hf_read_quant(r, quant);
}

el_status el_hf_config_parse(const char *text, size_t len, const char *name,
                             const char *quant_text, size_t quant_len,
                             el_arch_desc *out, el_error *err)
{
    json_t *doc = NULL, *quant = NULL;
    el_hf r = {.name = name, .text_key = "", .at_key = "", .err = err};
    el_status st;

    if ((!text && len > 0) || !name || !out)
        return el_fail(err, EL_E_ARG, "hf config: NULL text, name or result");
    st = parse_object(text, len, name, &doc, err);
    if (st == EL_OK && quant_text)
        st = parse_object(quant_text, quant_len, name, &quant, err);
    if (st != EL_OK)
        goto done;
    set_name(&r.arch, name);
    name_by_itself(&r.arch, doc);
    r.root = r.text = r.at = doc;
    read_all(&r, quant);
    st = r.st;
    if (st == EL_OK)
        st = el_arch_count(&r.arch, err);
    if (st == EL_OK)
        *out = r.arch;
done:
    json_decref(quant);
    json_decref(doc);
    return st;
}
