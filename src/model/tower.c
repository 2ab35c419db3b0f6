/* SPDX-License-Identifier: Apache-2.0 */
/* Patches and tokens of images, and towers of which only the size is known. */
#include <math.h>
#include <string.h>

#include "energylens/arch.h"
#include "model/arch_parts.h"

#define MAX_GRID 64.0

static double or_one(double x)
{
    return x > 0 ? x : 1;
}

/* An image larger than the most is shrunk to it, its shape kept. */
static void any_size(const el_tower *t, double w, double h, el_image_work *out)
{
    double grain = t->patch * or_one(t->merge);
    double shrink = t->side_px > 0 ? fmin(1, t->side_px / fmax(w, h)) : 1;

    out->tiles = 1;
    out->tokens =
        fmax(1, round(w * shrink / grain)) * fmax(1, round(h * shrink / grain));
    out->patches = out->tokens * or_one(t->merge) * or_one(t->merge);
}

/* Tiles of the best grid; 1 where the image is not cut. */
static double grid(const el_tower *t, double w, double h)
{
    unsigned most = (unsigned)fmin(or_one(t->max_tiles), MAX_GRID), best = 1;
    double kept = fmin(1, fmin(t->side_px / w, t->side_px / h));

    for (unsigned i = 1; i <= most; i++)
        for (unsigned k = 1; i * k <= most; k++) {
            double keeps =
                fmin(1, fmin(i * t->side_px / w, k * t->side_px / h));

            if (keeps > kept || (keeps == kept && i * k < best)) {
                kept = keeps;
                best = i * k;
            }
        }
    return best;
}

void el_tower_image(const el_tower *tower, double width_px, double height_px,
                    el_image_work *out)
{
    const el_tower *t = tower;
    double merge = or_one(t->merge), n;

    if (t->any_size && t->patch > 0) {
        any_size(t, width_px, height_px, out);
        return;
    }
    n = t->side_px > 0 ? grid(t, width_px, height_px) : 1;
    out->tiles = n > 1 && t->thumbnail ? n + 1 : n;
    out->tokens = out->tiles * t->tokens_per_image;
    out->patches =
        t->side_px > 0 && t->patch > 0
            ? floor(t->side_px / t->patch) * floor(t->side_px / t->patch)
            : t->tokens_per_image * merge * merge;
    if (!t->joined)
        return;
    out->patches *= out->tiles;
    out->tiles = 1;
}

/*
 * Towers by family, from published config.json files: what the catalogue does
 * not say. tokens 0: of any size.
 */
typedef struct usual {
    const char *family;
    double layers, mlp_matrices, patch, merge, side_px, max_tiles, tokens;
    bool thumbnail, joined;
    double window, all_layers, frames;
} usual;

static const usual towers[] = {
    {"gemma3", 27, 2, 14, 4, 896, 1, 256, false, false, 0, 0, 0},
    {"gemma4", 27, 3, 16, 3, 0, 1, 280, false, false, 0, 0, 0},
    {"internvl", 24, 2, 14, 2, 448, 12, 256, true, false, 0, 0, 0},
    {"mllama", 40, 2, 14, 1, 560, 4, 1601, false, true, 0, 0, 0},
    {"llama4", 34, 2, 14, 2, 336, 16, 144, true, false, 0, 0, 0},
    {"nemotron_h", 32, 2, 16, 2, 512, 12, 256, true, false, 0, 0, 0},
    {"pixtral", 24, 3, 16, 1, 1024, 0, 0, false, false, 0, 0, 0},
    {"mistral3", 24, 3, 14, 2, 1540, 0, 0, false, false, 0, 0, 0},
    {"qwen2_5_vl", 32, 3, 14, 2, 0, 0, 0, false, false, 64, 4, 2},
    {"qwen2_vl", 32, 2, 14, 2, 0, 0, 0, false, false, 0, 0, 2},
    {"qwen3", 27, 2, 16, 2, 0, 0, 0, false, false, 0, 0, 2},
    {"", 24, 2, 14, 1, 336, 1, 576, false, false, 0, 0, 0},
};

static const usual *usual_of(const char *family)
{
    const usual *u = towers;

    while (strncmp(family, u->family, strlen(u->family)) != 0)
        u++; /* the last is "" */
    return u;
}

/* Width of layers of 4 h^2 + mats h (4 h) weights that add up to params. */
static double width_of(const usual *u, double layers, double params)
{
    double per = layers * (4 + 4 * u->mlp_matrices);

    return 64 * fmax(1, round(sqrt(params / per) / 64));
}

void el_tower_usual(const el_llm *llm, el_tower *out)
{
    const usual *u = usual_of(llm->family ? llm->family : "");
    el_tower t = {.layers =
                      llm->vision_layers > 0 ? llm->vision_layers : u->layers,
                  .mlp_matrices = u->mlp_matrices,
                  .patch = u->patch,
                  .merge = u->merge,
                  .side_px = u->side_px,
                  .any_size = u->tokens == 0,
                  .max_tiles = u->max_tiles,
                  .thumbnail = u->thumbnail,
                  .joined = u->joined,
                  .window = u->window,
                  .all_layers = u->all_layers,
                  .frames = u->frames,
                  .tokens_per_image = u->tokens,
                  .params = llm->vision_params};
    el_image_work work;

    t.hidden = llm->vision_hidden > 0 ? llm->vision_hidden
                                      : width_of(u, t.layers, t.params);
    t.heads = t.hidden / 64;
    if (t.heads != floor(t.heads))
        t.heads = 16;
    t.intermediate =
        llm->vision_intermediate > 0 ? llm->vision_intermediate : 4 * t.hidden;
    if (t.any_size) {
        el_tower_image(&t, EL_ARCH_IMAGE_SIDE, EL_ARCH_IMAGE_SIDE, &work);
        t.tokens_per_image = work.tokens;
    }
    *out = t;
}
