/* SPDX-License-Identifier: Apache-2.0 */
/* Vision towers and projectors: parameters, and tokens that join the prompt. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "io/hf_config_reader.h"

#define REQUIRED  ((double)NAN)
#define MAX_WIDTH 65536.0

/* What a tower says about itself. */
typedef struct tower {
    el_tower t;
    double channels, frames;
    double positions, out, deepstack;
} tower;

typedef struct tower_kind {
    const char *type; /* start of the root's model_type */
    bool gated;
    bool rope; /* no table of positions; images of any size */
    void (*finish)(el_hf *r, tower *w);
} tower_kind;

static double square(double x)
{
    return x * x;
}

/* Two matrices from the tower's width to the text's (LLaVA). */
static void finish_mlp(el_hf *r, tower *w)
{
    double h = w->t.hidden, to = r->arch.hidden;

    w->t.params += h * to + to * to + 2 * to;
}

/* Up to four tiles and the whole image (LLaVA-NeXT). */
static void finish_next(el_hf *r, tower *w)
{
    w->t.max_tiles = 4;
    w->t.thumbnail = true;
    finish_mlp(r, w);
}

/* Mistral Small 3.1 merges 2 x 2 patches first. */
static void finish_mistral3(el_hf *r, tower *w)
{
    const json_t *merge = json_object_get(r->root, "spatial_merge_size");
    double m = json_is_integer(merge) ? json_number_value(merge) : 1;

    if (!(m >= 1 && m <= 64))
        m = 1;
    if (m > 1)
        w->t.params += square(m) * square(w->t.hidden);
    w->t.merge = m;
    finish_mlp(r, w);
}

/* A merger of m x m patches, and its copies for deep layers (Qwen3-VL). */
static void finish_merger(el_hf *r, tower *w)
{
    double wide = w->t.hidden * square(w->t.merge);
    double out = w->out > 0 ? w->out : r->arch.hidden;

    w->t.params += (1 + w->deepstack) * (wide * wide + wide + wide * out + out);
}

static void finish_linear(el_hf *r, tower *w)
{
    w->t.params += w->t.hidden * r->arch.hidden;
}

static double root_int(const el_hf *r, const char *key, double otherwise)
{
    double n = json_number_value(json_object_get(r->root, key));

    return n >= 1 && n <= 1024 ? floor(n) : otherwise;
}

static void root_tokens(el_hf *r, const char *key, tower *w)
{
    const json_t *value = json_object_get(r->root, key);
    double n = json_number_value(value);

    if (value && !(n >= 1 && n <= 0x1p20)) {
        r->at_key = "";
        el_hf_fail(r, key, "out of range (%g, limit 1 to 2^20)", n);
    }
    w->t.tokens_per_image = value ? n : 0;
}

static void finish_gemma3(el_hf *r, tower *w)
{
    finish_linear(r, w);
    root_tokens(r, "mm_tokens_per_image", w);
    if (w->t.tokens_per_image > 0 && w->t.side_px > 0) /* pooled */
        w->t.merge = fmax(
            1, floor(w->t.side_px / w->t.patch / sqrt(w->t.tokens_per_image)));
}

static void finish_gemma4(el_hf *r, tower *w)
{
    w->positions = 2 * el_hf_int(r, "position_embedding_size", 0, 0x1p24, 0);
    finish_linear(r, w);
    root_tokens(r, "vision_soft_tokens_per_image", w);
    w->t.merge = el_hf_int(r, "pooling_kernel_size", 1, 64, 1);
    if (w->t.tokens_per_image > 0) /* resized to so many */
        w->t.side_px = 0;
}

static double ratio_of(const json_t *object, const char *key, double missing)
{
    const json_t *value = json_object_get(object, key);
    double x = json_is_number(value) ? json_number_value(value) : missing;

    return x >= 1.0 / 64 && x <= 1 ? x : missing;
}

static void finish_internvl(el_hf *r, tower *w)
{
    double m = 1 / ratio_of(r->root, "downsample_ratio", 0.5);
    double wide = w->t.hidden * square(m), to = r->arch.hidden;

    w->t.merge = m;
    w->t.max_tiles = root_int(r, "max_dynamic_patch", 12);
    w->t.thumbnail = !json_is_false(json_object_get(r->root, "use_thumbnail"));
    w->t.params += 2 * wide + wide * to + to * to + 2 * to;
}

static void finish_llama4(el_hf *r, tower *w)
{
    double m = 1 / ratio_of(r->at, "pixel_shuffle_ratio", 0.5);
    double in = el_hf_int(r, "projector_input_dim", 1, MAX_WIDTH, 4096);
    double mid = el_hf_int(r, "projector_output_dim", 1, MAX_WIDTH, 4096);
    double out = el_hf_int(r, "vision_output_dim", 1, MAX_WIDTH, 4096);

    w->t.merge = m;
    w->t.max_tiles = 16; /* of the published processors */
    w->t.thumbnail = true;
    w->t.params +=
        w->t.hidden * square(m) * in + in * mid + out * r->arch.hidden;
}

/* Tables of positions for each of 9 shapes of up to 4 tiles; 8 gated layers
 * after the 32; the text attends to the tokens of each tile. */
static void finish_mllama(el_hf *r, tower *w)
{
    double tiles = el_hf_int(r, "max_num_tiles", 1, 64, 4);
    double shapes = 1 + (double)json_array_size(
                            el_hf_get(r->at, "supported_aspect_ratios"));
    double out = el_hf_int(r, "vision_output_dim", 1, MAX_WIDTH, REQUIRED);

    w->t.params += shapes * tiles * (w->positions + 2) * w->t.hidden +
                   out * r->arch.hidden + r->arch.hidden;
    w->t.tokens_per_image = w->positions;
    w->t.max_tiles = tiles;
    w->t.joined = true;
}

static const tower_kind kinds[] = {
    {"llava_next", false, false, finish_next},
    {"llava", false, false, finish_mlp},
    {"pixtral", true, true, finish_mlp},
    {"mistral3", true, true, finish_mistral3},
    {"qwen2_5", true, true, finish_merger},
    {"qwen2", false, true, finish_merger},
    {"qwen3", false, true, finish_merger},
    {"gemma3", false, false, finish_gemma3},
    {"gemma4", true, true, finish_gemma4},
    {"internvl", false, false, finish_internvl},
    {"llama4", false, false, finish_llama4},
    {"mllama", false, false, finish_mllama},
    {"", false, false, finish_mlp},
};

static const tower_kind *kind_of(const el_hf *r)
{
    const char *type =
        json_string_value(json_object_get(r->root, "model_type"));
    size_t i = 0;

    while (strncmp(type ? type : "", kinds[i].type, strlen(kinds[i].type)) != 0)
        i++;
    return &kinds[i];
}

static double image_size(el_hf *r)
{
    const json_t *size = el_hf_get(r->at, "image_size");

    if (json_is_array(size)) /* width, height */
        return json_number_value(json_array_get(size, 0));
    return el_hf_int(r, "image_size", 0, MAX_WIDTH, 0);
}

/* Qwen2.5-VL: most layers see squares of window_size pixels a side. */
static void read_window(el_hf *r, tower *w)
{
    double side = el_hf_int(r, "window_size", 0, MAX_WIDTH, 0);
    double whole =
        (double)json_array_size(el_hf_get(r->at, "fullatt_block_indexes"));

    if (!(side > 0 && whole > 0 && whole < w->t.layers))
        return;
    w->t.window = square(floor(side / w->t.patch));
    w->t.all_layers = whole;
}

static void read_sizes(el_hf *r, tower *w)
{
    w->t.hidden =
        el_hf_int(r, "embed_dim|hidden_size|width", 1, MAX_WIDTH, REQUIRED);
    w->t.layers = el_hf_int(r, "num_hidden_layers|depth|num_layers|layers", 1,
                            EL_ARCH_MAX_LAYERS, REQUIRED) +
                  el_hf_int(r, "num_global_layers", 0, EL_ARCH_MAX_LAYERS, 0);
    w->t.heads = el_hf_int(r, "num_attention_heads|num_heads|attention_heads",
                           1, MAX_WIDTH, 16);
    w->t.intermediate =
        el_hf_int(r, "intermediate_size", 1, MAX_WIDTH,
                  floor(w->t.hidden * el_hf_real(r, "mlp_ratio", 0.1, 64, 4)));
    w->t.patch = el_hf_int(r, "patch_size|spatial_patch_size", 1, 1024, 14);
    w->t.side_px = image_size(r);
    w->t.merge = el_hf_int(r, "spatial_merge_size", 1, 64, 1);
    w->channels = el_hf_int(r, "num_channels|in_channels|in_chans", 1, 64, 3);
    w->frames = el_hf_int(r, "temporal_patch_size", 1, 64, 1);
    w->t.frames = w->frames;
    read_window(r, w);
    w->out = el_hf_int(r, "out_hidden_size", 0, MAX_WIDTH, 0);
    w->deepstack =
        (double)json_array_size(el_hf_get(r->at, "deepstack_visual_indexes"));
    w->positions = el_hf_int(r, "num_position_embeddings", 0, 0x1p24, 0);
    if (r->st == EL_OK && !(w->t.side_px >= 0 && w->t.side_px <= MAX_WIDTH))
        el_hf_fail(r, "image_size", "out of range (%g, limit 0 to %g)",
                   w->t.side_px, MAX_WIDTH);
}

static void add_layers(tower *w)
{
    double h = w->t.hidden, i = w->t.intermediate, mats = w->t.mlp_matrices;

    w->t.params += w->t.layers * (4 * h * h + mats * h * i + /* matrices */
                                  5 * h + (mats - 1) * i +   /* biases */
                                  4 * h);                    /* norms */
    w->t.params += h * w->channels * w->frames * square(w->t.patch) + 2 * h;
    w->t.params += h * w->positions;
}

static void set_tokens(tower *w, bool any)
{
    double side = w->t.side_px > 0 ? w->t.side_px : EL_ARCH_IMAGE_SIDE;
    double n = round(side / (w->t.patch * w->t.merge));

    if (w->t.tokens_per_image > 0)
        return;
    w->t.any_size = any || !(w->t.side_px > 0);
    w->t.tokens_per_image = square(fmax(n, 1));
}

static void note(el_hf *r, const char *text)
{
    size_t used = strlen(r->arch.note);

    (void)snprintf(r->arch.note + used, sizeof r->arch.note - used, "%s%s",
                   used ? "; " : "", text);
}

static void read_tower(el_hf *r)
{
    const tower_kind *kind = kind_of(r);
    tower w = {0};

    read_sizes(r, &w);
    if (r->st != EL_OK)
        return;
    w.t.mlp_matrices = kind->gated ? 3 : 2;
    if (!kind->rope && w.t.side_px > 0 && !(w.positions > 0))
        w.positions = square(floor(w.t.side_px / w.t.patch)) + 1;
    kind->finish(r, &w);
    add_layers(&w);
    set_tokens(&w, kind->rope);
    if (r->st == EL_OK)
        r->arch.vision = w.t;
}

static bool takes_audio(const json_t *root)
{
    return el_hf_get(root, "audio_config|audio_encoder|audio_processor|"
                           "audio_encoder_config") != NULL;
}

void el_hf_read_vision(el_hf *r)
{
    if (r->st == EL_OK && el_hf_enter(r, "vision_config")) {
        read_tower(r);
        if (r->st == EL_OK && !(r->arch.vision.params > 0))
            note(r, "vision tower not understood");
        el_hf_leave(r);
    }
    if (r->st == EL_OK && takes_audio(r->root)) {
        r->arch.audio = true;
        note(r, "audio tokens join the prompt; the audio tower is not "
                "counted");
    }
}
