/* SPDX-License-Identifier: Apache-2.0 */
/* Patches and tokens of images, by hand. */
#include "energylens/arch.h"
#include "model/arch_parts.h"

#include "el_test.h"

static void work(const el_tower *t, double w, double h, double tiles,
                 double patches, double tokens)
{
    el_image_work out;

    el_tower_image(t, w, h, &out);
    assert_close(out.tiles, tiles, 0, 0);
    assert_close(out.patches, patches, 0, 0);
    assert_close(out.tokens, tokens, 0, 0);
}

/* Qwen3-VL: a token for 32 x 32 pixels. */
static void any_size(void **state)
{
    el_tower t = {.patch = 16, .merge = 2, .any_size = true};

    (void)state;
    work(&t, 1024, 1024, 1, 4096, 1024);
    work(&t, 640, 360, 1, 20 * 11 * 4, 20 * 11);
    work(&t, 1, 1, 1, 4, 1);
    t.side_px = 512; /* larger ones are shrunk */
    work(&t, 1024, 512, 1, 16 * 8 * 4, 16 * 8);
    work(&t, 320, 320, 1, 400, 100);
    t.merge = 0;
    work(&t, 320, 320, 1, 400, 400);
}

/* InternVL: up to 12 tiles of 448, and the whole. */
static void tiles(void **state)
{
    el_tower t = {.patch = 14,
                  .merge = 2,
                  .side_px = 448,
                  .max_tiles = 12,
                  .thumbnail = true,
                  .tokens_per_image = 256};

    (void)state;
    work(&t, 448, 448, 1, 1024, 256);
    work(&t, 100, 400, 1, 1024, 256);
    work(&t, 896, 448, 3, 1024, 3 * 256);
    work(&t, 1024, 1024, 10, 1024, 10 * 256);
    work(&t, 10000, 10000, 10, 1024, 10 * 256); /* 3 x 3 shrinks it least */
    work(&t, 10000, 100, 13, 1024, 13 * 256);   /* 12 x 1 */
    t.max_tiles = 0;
    work(&t, 1024, 1024, 1, 1024, 256);
    t.max_tiles = 4;
    t.joined = true;
    t.thumbnail = false;
    work(&t, 800, 800, 1, 4 * 1024, 4 * 256);
}

/* Gemma 4 resizes to so many tokens; nothing known: nothing there. */
static void fixed(void **state)
{
    el_tower t = {.patch = 16, .merge = 3, .tokens_per_image = 280}, none = {0};

    (void)state;
    work(&t, 5000, 10, 1, 280 * 9, 280);
    work(&none, 1024, 1024, 1, 0, 0);
}

static void usual_of_families(void **state)
{
    static const struct {
        const char *family;
        double params, tiles, patches, tokens;
    } want[] = {{"qwen3_vl", 576e6, 1, 4096, 1024},
                {"qwen2_5_vl", 677e6, 1, 5476, 1369},
                {"gemma3", 423e6, 1, 4096, 256},
                {"llama4", 870e6, 17, 576, 2448},
                {"mllama", 900e6, 1, 6400, 6404},
                {"llava", 324e6, 1, 576, 576},
                {"pixtral", 430e6, 1, 4096, 4096}};
    el_llm m = {.family = NULL, .vision_params = 3e8};
    el_image_work out;
    el_tower t;

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        el_llm llm = {.family = want[i].family,
                      .vision_params = want[i].params};

        el_tower_usual(&llm, &t);
        /* a width of 64s that holds the parameters */
        assert_close(t.layers * t.hidden * t.hidden * (4 + 4 * t.mlp_matrices),
                     want[i].params, 0.12, 0);
        work(&t, 1024, 1024, want[i].tiles, want[i].patches, want[i].tokens);
    }
    m.vision_layers = 7;
    m.vision_hidden = 100;
    m.vision_intermediate = 300;
    el_tower_usual(&m, &t);
    assert_close(t.layers + t.hidden + t.intermediate, 407, 0, 0);
    assert_close(t.heads, 16, 0, 0); /* 64 does not divide 100 */
    el_tower_image(&t, 1024, 1024, &out);
    assert_close(out.tokens, 576, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_size),
        cmocka_unit_test(tiles),
        cmocka_unit_test(fixed),
        cmocka_unit_test(usual_of_families),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
