/* SPDX-License-Identifier: Apache-2.0 */
/* Llama-3-70B and Qwen3-30B-A3B's experts, ready to be predicted. */
#ifndef EL_ANALYTIC_SAMPLE_H
#define EL_ANALYTIC_SAMPLE_H
#include "el_device_sample.h"
#include "el_graph_sample.h"
#include "energylens/analytic.h"

static inline el_arch_desc el_sample_arch(double layers)
{
    el_arch_desc a = {
        .hidden = 8192,
        .vocab = 128256,
        .heads = 64,
        .kv_heads = 8,
        .head_dim = 128,
        .intermediate = 28672,
        .mlp_matrices = 3,
        .norm_vectors = 1,
        .n_block = 1,
        .block = {
            {.count = layers, .mixer = EL_MIXER_GQA, .ffn = EL_FFN_DENSE}}};

    assert_int_equal(el_arch_count(&a, NULL), EL_OK);
    return a;
}

static inline el_gpu el_sample_h100(void)
{
    el_gpu g = el_sample_a100();

    g.slug = "h100-sxm5-80gb";
    g.arch = "Hopper";
    g.link = "NVLink4";
    g.mem_bw_bytes_s = 3.352e12;
    g.fp16_flop_s = 9.894e14;
    g.fp8_flop_s = 1.9789e15;
    g.int8_op_s = 1.9789e15;
    g.tdp_w = 700;
    g.idle_w = 71.8;
    g.idle_context_w = 121.6;
    g.boost_hz = 1.98e9;
    g.n_sm = 132;
    g.l2_bytes = 52428800;
    g.link_bytes_s = 9e11;
    g.mem_j_per_byte = 9.36e-11;
    return g;
}

static inline el_point el_sample_point(double tp, double batch, double isl,
                                       double osl)
{
    return (el_point){.tp = tp,
                      .pp = 1,
                      .ep = 1,
                      .dp = 1,
                      .batch = batch,
                      .isl = isl,
                      .osl = osl,
                      .workload = -1};
}

static inline el_shard el_sample_shard(double tp, double pp, double ep)
{
    return (el_shard){.tp = tp, .pp = pp, .ep = ep, .cp = 1};
}

/* A predictor with what it borrows. */
typedef struct el_analytic_sample {
    el_graph *graph;
    el_analytic *analytic;
    el_device device;
} el_analytic_sample;

static inline el_analytic_sample el_sample_analytic(const char *text,
                                                    const el_arch_desc *arch,
                                                    el_gpu gpu,
                                                    const char *engine)
{
    el_analytic_sample s = {.graph = el_sample_graph(text),
                            .device = el_sample_device(gpu)};
    el_engine e = el_engine_find(engine);

    assert_int_equal(
        el_analytic_new(s.graph, arch, &s.device, &e, &s.analytic, NULL),
        EL_OK);
    return s;
}

static inline void el_sample_close(el_analytic_sample *s)
{
    el_analytic_free(s->analytic);
    el_graph_free(s->graph);
}

/* Prepares the point's sharding, predicts. */
static inline el_prediction el_sample_predict(el_analytic_sample *s,
                                              el_point point)
{
    el_shard shard = el_sample_shard(
        point.dp == 1.0 && point.ep > point.tp ? point.ep : point.tp, point.pp,
        point.ep);
    el_prediction p;

    assert_int_equal(el_analytic_prepare(s->analytic, &shard, NULL), EL_OK);
    assert_int_equal(
        el_analytic_predict(s->analytic, &point, "", point.batch, &p, NULL),
        EL_OK);
    return p;
}

#endif
