/* SPDX-License-Identifier: Apache-2.0 */
#include "model/analytic_terms.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/deployment.h"

/*
 * Scatter of ln(measured / predicted) by class, from validation residuals that
 * no other constant was fitted on (docs/accuracy.md, V8): dense, experts,
 * state spaces; more where the prompt length is guessed. Dense: as the runs of
 * an A100 scatter, those of today's engines on an H100 do by half of it. Old
 * vLLM and HF runs lie outside (docs).
 */
#define SD_DENSE   0.20
#define SD_MOE     0.32
#define SD_SSM     0.25
#define SD_VISION  0.38
#define SD_GENERIC 0.40
#define SD_PROMPT  0.10
#define SD_TIME    0.20
#define Z90        1.6448536269514722 /* normal, EL_LEVEL */

static double spread(const el_phases *f, const el_arch_desc *arch)
{
    double sd = SD_DENSE;

    if (arch->experts > 0.0)
        sd = SD_MOE;
    if (arch->state_bytes > 0.0)
        sd = SD_SSM;
    if (arch->vision.params > 0.0) /* sizes of images are seldom known */
        sd = fmax(sd, SD_VISION);
    if (arch->generic)
        sd = SD_GENERIC;
    return el_is_known(f->point.isl) ? sd : hypot(sd, SD_PROMPT);
}

/* Seconds of one request and of the batch, from the two phases. */
static void set_times(const el_phases *f, el_prediction *p)
{
    const el_point *q = &f->point;
    double steps = fmax(q->osl - 1.0, 0.0);

    p->ttft_s = f->prefill.time_s;
    p->tpot_s = f->step.time_s * f->waves; /* waiting counted */
    if (q->steady) {
        /* While one answer grows, the batch's other places turn over once
         * each and their prompts hold decoding up. */
        p->tpot_s += (q->batch - 1.0) / q->osl * f->prefill.time_s;
        /* the step under way, and the one joined */
        p->ttft_s += (f->joins ? 1.5 : 0.5) * f->step.time_s;
    }
    p->latency_s = p->ttft_s + steps * p->tpot_s;
    p->ttft_lo_s = p->ttft_s * exp(-Z90 * SD_TIME);
    p->ttft_hi_s = p->ttft_s * exp(Z90 * SD_TIME);
    p->tpot_lo_s = p->tpot_s * exp(-Z90 * SD_TIME);
    p->tpot_hi_s = p->tpot_s * exp(Z90 * SD_TIME);
}

static double dynamic_j(const el_pass *pass)
{
    return pass->weights_j + pass->kv_j + pass->compute_j + pass->comm_j;
}

/* GPU time of one request: in a steady flow of short answers its latency,
 * which does not wait for other prompts, would be too short. */
static double busy_s(const el_phases *f)
{
    double prompts = f->point.steady ? 1.0 : f->point.batch;
    double steps = fmax(f->point.osl - 1.0, 0.0) * f->waves / f->point.batch;

    return f->prefill.time_s / prompts + f->step.time_s * steps;
}

static void add_term(el_terms *terms, const char *name, double value)
{
    terms->term[terms->n++] = (el_term){name, value};
}

/* Joules per request: prompts, answer, and the idle watts of both. */
static void set_energies(const el_phases *f, const el_device *device,
                         el_prediction *p)
{
    const el_point *q = &f->point;
    double prompts = q->steady ? 1.0 : q->batch; /* in f->prefill */
    /* steps per request; the first token comes out of the prefill */
    double tokens = fmax(q->osl - 1.0, 0.0) * f->waves / q->batch;
    double idle_w = device->idle_w * f->gpus;
    double pre_idle = idle_w * f->prefill.time_s / prompts;
    double dec_idle = idle_w * f->step.time_s * tokens;
    double pre = dynamic_j(&f->prefill) / prompts;
    double seen = dynamic_j(&f->vision) / prompts;

    p->prefill_energy_j = pre + pre_idle;
    p->decode_energy_j = dynamic_j(&f->step) * tokens + dec_idle;
    p->energy_per_request_j = p->prefill_energy_j + p->decode_energy_j;
    add_term(&p->terms, "prefill", pre - seen);
    if (seen > 0.0)
        add_term(&p->terms, "vision", seen);
    add_term(&p->terms, "weights", f->step.weights_j * tokens);
    add_term(&p->terms, "kv_read", f->step.kv_j * tokens);
    add_term(&p->terms, "compute", f->step.compute_j * tokens);
    add_term(&p->terms, "communication", f->step.comm_j * tokens);
    add_term(&p->terms, "idle_power", pre_idle + dec_idle);
    p->terms.prefill = p->prefill_energy_j;
    p->terms.decode = p->decode_energy_j;
}

double el_phases_lack(const el_phases *f, const el_device *device)
{
    double have = device->memory_bytes - EL_DEPLOYMENT_RESERVE;

    return fmax(f->weight_bytes + f->cache_bytes - have, 0.0);
}

static void note_memory(const el_phases *f, const el_device *device,
                        el_prediction *p)
{
    double have = device->memory_bytes - EL_DEPLOYMENT_RESERVE;
    double need = f->weight_bytes + f->cache_bytes;

    if (el_phases_lack(f, device) <= 0.0)
        return;
    p->does_not_fit = true;
    (void)snprintf(p->note, sizeof p->note,
                   "does not fit: %.1f GB of weights and cache on each GPU, "
                   "%.1f GB free",
                   need / 1e9, have / 1e9);
}

static void note_images(const el_phases *f, el_prediction *p)
{
    const el_sight *s = &f->sight;

    if (s->assumed && s->n > 0.0 && p->note[0] == '\0')
        (void)snprintf(p->note, sizeof p->note,
                       "prompts assumed: %.3g image%s, %.0f of %.0f tokens",
                       s->n, s->n == 1.0 ? "" : "s", s->joins, f->isl);
}

void el_phases_predict(const el_phases *phases, const el_arch_desc *arch,
                       const el_device *device, el_prediction *out)
{
    const el_point *q = &phases->point;
    double sd = spread(phases, arch);
    el_prediction p = {.source = EL_SOURCE_MODELLED, .spread_ln = sd};

    set_times(phases, &p);
    set_energies(phases, device, &p);
    p.energy_per_request_lo_j = p.energy_per_request_j * exp(-Z90 * sd);
    p.energy_per_request_hi_j = p.energy_per_request_j * exp(Z90 * sd);
    p.energy_per_output_token_j = p.energy_per_request_j / q->osl;
    p.energy_j = p.energy_per_request_j * phases->batch_size * q->dp;
    p.avg_power_w = p.energy_per_request_j * q->dp / busy_s(phases);
    note_memory(phases, device, &p);
    note_images(phases, &p);
    p.vision_tokens = phases->sight.joins;
    if (!el_is_known(q->isl)) { /* a guessed prompt is no measured phase */
        p.prefill_energy_j = p.decode_energy_j = EL_UNKNOWN;
        p.terms.prefill = p.terms.decode = EL_UNKNOWN;
    }
    *out = p;
}
