/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images before their prompt: a prefill of their own through the tower. Its
 * GEMMs are spread over tp like those of the text; engines run it without
 * graphs. What the processor does to the pixels on the host is left out.
 */
#include <math.h>
#include <string.h>

#include "model/analytic_pass.h"
#include "model/analytic_terms.h"

/*
 * What image and video chats of ML.ENERGY hold: one image of VisionArena, one
 * video of LLaVA-Video-178K, cut to the 32 frames that vLLM takes and written
 * at 30 a second (ml-energy/benchmark, mlenergy/llm/datasets.py). The arena
 * shrank uploads to at most 1,024 pixels a side (lm-sys/FastChat,
 * serve/vision/image.py); 4 : 3, and the video's size, are assumed.
 */
static const struct {
    const char *word;
    double n, width_px, height_px;
    bool video;
} usual[] = {{"video", 32, 640, 360, true},
             {"image", 1, 1024, 768, false},
             {"mllm", 1, 1024, 1024, false}};

/* Qwen3-VL's processor takes 2 frames a second and at least 4 (transformers,
 * video_processing_qwen3_vl.py): 4 of that one second; others take all. */
static double frames_kept(const el_arch_desc *arch, double n)
{
    bool sampled = strncmp(arch->family, "qwen3_vl", 8) == 0 ||
                   strncmp(arch->family, "qwen3_5", 7) == 0;

    return sampled ? fmin(n, 4) : n;
}

static void assume(const el_arch_desc *arch, const char *label, el_sight *out,
                   el_images *im)
{
    double frames = arch->vision.frames > 0 ? arch->vision.frames : 1;

    for (size_t i = 0; i < sizeof usual / sizeof *usual && label; i++) {
        if (!strstr(label, usual[i].word))
            continue;
        *im = (el_images){usual[i].n, usual[i].width_px, usual[i].height_px, 0};
        if (usual[i].video)
            im->n = frames_kept(arch, im->n) / frames;
        out->assumed = true;
        return;
    }
}

static double size_or(double px)
{
    return px > 0 ? px : EL_ARCH_IMAGE_SIDE;
}

static el_status check(const el_arch_desc *arch, const el_point *point,
                       const el_sight *s, el_error *err)
{
    if (!(arch->vision.layers > 0))
        return el_fail(err, EL_E_DATA, "%s takes no images", arch->name);
    if (el_is_known(point->isl) && s->joins >= point->isl)
        return el_fail(err, EL_E_DATA,
                       "isl: %g tokens hold no prompt beside the %g of %g "
                       "image%s",
                       point->isl, s->joins, s->n, s->n == 1 ? "" : "s");
    return EL_OK;
}

el_status el_sight_of(const el_arch_desc *arch, const el_point *point,
                      const char *workload, el_sight *out, el_error *err)
{
    bool tower = arch->vision.layers > 0, told = point->images.n > 0;
    bool crosses = arch->kv_bytes_per_image > 0;
    el_images im = point->images;
    el_sight s = {0};

    if (tower && !told && !(im.tokens > 0))
        assume(arch, workload, &s, &im);
    el_tower_image(&arch->vision, size_or(im.width_px), size_or(im.height_px),
                   &s.one);
    s.n = im.n;
    if (tower && !told && im.tokens > 0 && s.one.tokens > 0)
        s.n = im.tokens / s.one.tokens;
    s.joins = crosses ? 0 : s.n * s.one.tokens;
    if (told) {
        el_status st = check(arch, point, &s, err);

        if (st != EL_OK)
            return st;
    }
    /* what was assumed is no more than the prompt has */
    if (!told && el_is_known(point->isl) && s.joins > point->isl) {
        s.n *= point->isl / s.joins;
        s.joins = point->isl;
    }
    *out = s;
    return EL_OK;
}

void el_sight_pass(const el_analytic *analytic, const el_shard *shard,
                   const el_sight *sight, double n, double chunk_tokens,
                   el_pass *out)
{
    const el_analytic *tower = el_analytic_tower(analytic);
    el_shard spread = el_tower_shard(shard);
    const el_plan *plan = tower ? el_analytic_plan(tower, &spread) : NULL;
    double together, passes, patches = sight->one.patches;
    el_pass p;

    memset(out, 0, sizeof *out);
    if (!plan || !(sight->n > 0 && patches > 1))
        return;
    together = fmax(1, floor(chunk_tokens / (sight->n * sight->one.tokens)));
    together = fmin(together, n);
    passes = n / together;
    el_analytic_pass(tower, plan, &spread,
                     together * sight->n * sight->one.tiles, patches, patches,
                     &p);
    el_pass_add(out, &p, passes);
}
