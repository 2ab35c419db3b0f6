/* SPDX-License-Identifier: Apache-2.0 */
#include "io/arch_text.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "energylens/graph.h"
#include "io/embedded.h"
#include "io/file.h"

const char *el_arch_part(const char *name)
{
    char path[64];

    (void)snprintf(path, sizeof path, "data/arch/%s.ein", name);
    for (const el_embedded_file *f = el_embedded; f->path; f++)
        if (strcmp(f->path, path) == 0)
            return f->text;
    return NULL;
}

static void add_part(el_buf *out, const char *name, const char *indent)
{
    const char *line = el_arch_part(name);

    while (line && *line) {
        const char *end = strchr(line, '\n');
        size_t len = end ? (size_t)(end - line) + 1 : strlen(line);

        el_buf_add(out, *line == '\n' ? "" : indent);
        el_buf_add_n(out, line, len);
        line += len;
    }
}

static const char *mixer_part(const el_arch_desc *arch, const el_arch_block *b)
{
    switch (b->mixer) {
    case EL_MIXER_GQA:
        return "gqa";
    case EL_MIXER_MLA:
        return arch->absorbed ? "latent" : "mla";
    case EL_MIXER_SSM:
        return "ssm";
    case EL_MIXER_SSM2:
        return "ssm2";
    case EL_MIXER_CROSS:
        return "cross";
    case EL_MIXER_LINEAR:
        return "linear";
    case EL_MIXER_NONE:
        break;
    }
    return "";
}

static const char *ffn_part(const el_arch_block *b)
{
    return b->ffn == EL_FFN_DENSE ? "dense" : b->ffn == EL_FFN_MOE ? "moe" : "";
}

/* A size of the block that is not the network's. */
static void add_dim(el_buf *out, const char *name, double value, double usual)
{
    if (value > 0 && value != usual)
        el_buf_printf(out, "    dim %s = %.0f\n", name, value);
}

static void add_block(const el_arch_desc *arch, const el_arch_block *b,
                      el_buf *out)
{
    const char *mixer = mixer_part(arch, b), *ffn = ffn_part(b);
    bool both = *mixer && *ffn;

    el_buf_printf(out, "layer %s%s%s", mixer, both ? "_" : "", ffn);
    if (b->window > 0)
        el_buf_printf(out, "_w%.0f", b->window);
    el_buf_printf(out, " x %.0f", b->count);
    if (b->mixer == EL_MIXER_CROSS) /* skipped where there is no image */
        el_buf_add(out, " * !!image_tokens");
    if (b->stored > 0 && b->stored < b->count)
        el_buf_printf(out, " stored=%.0f", b->stored);
    el_buf_add(out, " {\n");
    add_dim(out, "window", b->window, 0);
    add_dim(out, "heads", b->heads, arch->heads);
    add_dim(out, "kv_heads", b->kv_heads, arch->kv_heads);
    add_dim(out, "head_dim", b->head_dim, arch->head_dim);
    add_dim(out, "intermediate", b->intermediate, arch->intermediate);
    add_dim(out, "kv_ratio", b->kv_ratio, 1);
    add_dim(out, "k_is_v", b->k_is_v, 0);
    add_dim(out, "kv_shared", b->kv_shared, 0);
    if (arch->parallel_residual && b->mixer == EL_MIXER_GQA &&
        b->ffn == EL_FFN_DENSE) {
        add_part(out, "parallel", "    ");
    } else {
        add_part(out, mixer, "    ");
        add_part(out, ffn, "    ");
    }
    el_buf_add(out, "}\n");
}

static el_status check(const el_arch_desc *arch, el_error *err)
{
    if (arch->n_block == 0 || arch->n_block > EL_ARCH_MAX_BLOCKS)
        return el_fail(err, EL_E_DATA, "%s: no layers to describe", arch->name);
    for (size_t i = 0; i < arch->n_block; i++) {
        const el_arch_block *b = &arch->block[i];

        if (*mixer_part(arch, b) == '\0' && *ffn_part(b) == '\0')
            return el_fail(err, EL_E_DATA,
                           "%s: block %zu has neither a mixer nor a "
                           "feed-forward part",
                           arch->name, i);
    }
    return EL_OK;
}

/* What was added since `before` stays, unless memory ran out. */
static el_status finish(el_buf *text, el_buf *out, el_error *err)
{
    if (el_buf_ok(text))
        el_buf_add_n(out, text->text, text->len);
    if (!el_buf_ok(text) || !el_buf_ok(out)) {
        el_buf_clear(text);
        return el_fail(err, EL_E_NOMEM, "description: out of memory");
    }
    el_buf_clear(text);
    return EL_OK;
}

el_status el_arch_describe(const el_arch_desc *arch, el_buf *out, el_error *err)
{
    el_buf text = {0};
    el_status st = check(arch, err);

    if (st != EL_OK)
        return st;
    add_part(&text, "embed", "");
    for (size_t i = 0; i < arch->n_block; i++)
        add_block(arch, &arch->block[i], &text);
    add_part(&text, "head", "");
    return finish(&text, out, err);
}

static void add_tower_layers(el_buf *out, double count, double window)
{
    if (!(count > 0))
        return;
    el_buf_printf(out, "layer vision%s x %.0f {\n", window > 0 ? "_w" : "",
                  count);
    add_dim(out, "window", window, 0);
    add_part(out, "vision_layer", "    ");
    el_buf_add(out, "}\n");
}

el_status el_arch_describe_vision(const el_arch_desc *arch, el_buf *out,
                                  el_error *err)
{
    const el_tower *t = &arch->vision;
    bool windowed = t->window > 0 && t->all_layers < t->layers;
    el_buf text = {0};

    if (!(arch->vision.layers > 0 && arch->vision.hidden > 0))
        return el_fail(err, EL_E_DATA, "%s: no vision tower", arch->name);
    add_part(&text, "vision", "");
    if (windowed)
        add_tower_layers(&text, t->layers - t->all_layers, t->window);
    add_tower_layers(&text, windowed ? t->all_layers : t->layers, 0);
    add_part(&text, "projector", "");
    return finish(&text, out, err);
}

el_status el_arch_describe_file(const char *path, el_buf *out, el_error *err)
{
    char *data = NULL;
    size_t len = 0;
    el_buf text = {0};
    el_status st = el_file_read(path, EL_GRAPH_MAX_BYTES, &data, &len, err);

    if (st != EL_OK)
        return st;
    el_buf_add_n(&text, data, len);
    el_free(data);
    return finish(&text, out, err);
}
