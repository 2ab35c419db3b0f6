/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/kernel.h"

#include <string.h>

#include "model/dvfs.h"

#define KNOWN_OR(value, other) (el_is_known(value) ? (value) : (other))

/*
 * Efficiencies by architecture.
 *
 * Ampere (A100): fitted on data/kernels/a100_sxm_*.csv (TensorRT-LLM 1.0.0,
 *   aiconfigurator, Apache-2.0). Energies: A100-PCIe-40GB clock sweep and 900
 *   MHz rows of data/prefill_energy (EnergAIzer, ISPASS 2026), weights and KV
 *   at the measured HBM path (SC25, doi 10.1145/3712285.3759815).
 * Hopper: GEMM 700 of 989 and fp8 1165 of 1979 TFLOP/s at the power limit
 *   (H200, catalog/gpus.csv); attention: FlashAttention-3, arXiv 2407.08608,
 *   figure 5; bandwidth 0.82 (analytic notes); energies: H100 rows of
 *   data/prefill_energy at 1830 MHz.
 * Blackwell: total pJ/FLOP at the power limit (catalog/gpus.csv): bf16 0.65,
 *   fp8 0.445, fp4 0.245 on 1000 W.
 * Xe-HPC: 268 of 832 TFLOP/s measured (catalog/gpus.csv).
 * CDNA, Ada, Turing, Volta: assumed, nothing measured here.
 *
 * Serving (kv_pj, busy): what kernels draw beyond idle power and the joules to
 *   the left of kv_pj, least squares with the measured times given.
 *   Hopper: 151 rows of ML.ENERGY v2 (a host-bound vLLM of 2024), 8 of
 *   LLM-Inference-Bench, 20 of InferenceX issue 828 (vLLM 0.15.1): 5.7, 3.1
 *   and 7.7 % off.
 *   Ampere: 237 rows of argonne_synthetic above 20 s: 2.8 %.
 *   Means over short runs miss what the sensor has not seen yet: 1 s there, 2 s
 *   on the A100. Left free, all coefficients come out within 20 % of those
 *   that were held.
 *   Others: assumed, two to the byte from DRAM and in between.
 *
 * flop_pj 0: from the power limit, see energies().
 */
typedef struct family {
    const char *arch; /* prefix of the catalogue's name */
    double math, math8, math4, attention, bandwidth;
    double flop_pj, byte_pj, stream_pj; /* at V0; byte: kernel operands */
    double kv_pj;          /* per byte of the cache, attention included */
    double busy;           /* of the board's limit */
    double spin_w, bus_pj; /* collectives: per SM, per byte on the bus */
    double align_rows;     /* of DeepGEMM, which has kernels for these two */
} family;

static const family families[] = {
    {"Ampere GA102", .85, .80, .45, .47, .83, 0, 225, 150, 260, .20, 2.0, 1025,
     0},
    {"Ampere", .85, .80, .45, .471, .834, 1.343, 171.3, 104.9, 160, .20, 3.0,
     525, 0},
    {"Hopper", .70, .59, .45, .55, .82, 1.006, 140.0, 93.6, 175, .153, 3.0, 500,
     128},
    {"Blackwell", .68, .50, .45, .45, .82, 0, 140.0, 93.6, 175, .15, 3.0, 450,
     128},
    {"Ada", .80, .75, .45, .45, .85, 0, 225, 150, 260, .17, 3.0, 525, 0},
    {"CDNA", .55, .50, .40, .35, .80, 0, 176, 117.6, 205, .17, 2.0, 525, 0},
    {"Xe", .32, .35, .30, .20, .75, 0, 157, 104.9, 185, .17, 3.0, 525, 0},
    {"", .70, .60, .45, .30, .80, 0, 157, 104.9, 185, .17, 3.0, 525, 0},
};

/* A 4-bit weight of InferenceX's gpt-oss-120b, made 16 bits in the kernel;
   fitted beside the columns above. */
#define UNPACK_PJ 47.0

/* Whole servers, P = P0 + a FLOP/s + b bytes/s: vLLM on Argonne's nodes (IPDPS
   2026, 14 to 30 points, 1.0 %). */
static const struct {
    const char *slug;
    double busy_w, flop_pj, byte_pj;
} servers[] = {{"mi300x", 463, 0.65, 70}};

static const family *family_of(const el_gpu *gpu)
{
    const family *f = families;

    while (strncmp(gpu->arch, f->arch, strlen(f->arch)) != 0)
        f++; /* the last prefix is "" */
    return f;
}

static el_status check(const el_gpu *gpu, double clock_hz, double cap_w,
                       el_error *err)
{
    const struct {
        const char *what;
        double value;
    } need[] = {{"fp16_flop_s", gpu->fp16_flop_s},
                {"mem_bw_bytes_s", gpu->mem_bw_bytes_s},
                {"n_sm", gpu->n_sm},
                {"tdp_w", gpu->tdp_w},
                {"memory_bytes", gpu->memory_bytes}};
    double boost = el_dvfs_boost_hz(gpu);

    for (size_t i = 0; i < sizeof need / sizeof need[0]; i++) {
        if (!(need[i].value > 0.0))
            return el_fail(err, EL_E_DATA, "%s: %s is unknown", gpu->slug,
                           need[i].what);
    }
    if (el_is_known(clock_hz) && !(clock_hz > 0.0 && clock_hz <= 1.1 * boost))
        return el_fail(err, EL_E_DATA, "%s: clock %g MHz is not in (0, %g] MHz",
                       gpu->slug, clock_hz / 1e6, 1.1 * boost / 1e6);
    if (el_is_known(cap_w) && !(cap_w > 1.05 * el_dvfs_idle_w(gpu, boost)))
        return el_fail(err, EL_E_DATA,
                       "%s: power cap %g W is not above idle power (%g W)",
                       gpu->slug, cap_w, el_dvfs_idle_w(gpu, boost));
    return EL_OK;
}

static void set_peaks(const el_gpu *gpu, const family *f, double clock_hz,
                      el_device *d)
{
    double ratio = clock_hz / el_dvfs_boost_hz(gpu);
    double flop8 = KNOWN_OR(gpu->fp8_flop_s, gpu->int8_op_s);

    d->n_sm = gpu->n_sm;
    d->clock_hz = clock_hz;
    d->flop_s_16 = gpu->fp16_flop_s * ratio;
    d->flop_s_8 = KNOWN_OR(flop8, 0.0) * ratio;
    d->flop_s_4 = KNOWN_OR(gpu->fp4_flop_s, 0.0) * ratio;
    d->bw_bytes_s = gpu->mem_bw_bytes_s;
    d->l2_bytes = KNOWN_OR(gpu->l2_bytes, 32e6);
    /* 52 bytes per SM and clock, fitted with the GEMM table (7.9 TB/s) */
    d->l2_bw_bytes_s = 52.0 * gpu->n_sm * clock_hz;
    d->memory_bytes = gpu->memory_bytes;
    d->bw_efficiency = f->bandwidth;
    d->math_efficiency = f->math;
    d->math_efficiency_8 = f->math8;
    d->math_efficiency_4 = f->math4;
    d->attention_efficiency = f->attention;
    d->align_rows = d->flop_s_8 > 0.0 ? f->align_rows : 0.0;
    d->latency_scale = 1.41e9 / clock_hz;
    /* small kernels take 2 to 3 us (analytic notes, section 2) */
    d->launch_s = 1.5e-6 + 0.8e-6 * d->latency_scale;
    d->eager_s = 8e-6; /* PyTorch eager dispatch; assumed */
}

static void take_server(double busy_w, double j_per_flop, double j_per_byte,
                        el_device *d)
{
    d->busy_w = busy_w - d->idle_w;
    d->j_per_flop_16 = d->j_per_flop_8 = d->j_per_flop_4 = j_per_flop;
    d->j_per_byte = d->j_per_byte_stream = d->j_per_byte_kv = j_per_byte;
}

static void set_energies(const el_gpu *gpu, const family *f, double clock_hz,
                         el_device *d)
{
    double busy = 0.9 * (gpu->tdp_w - el_dvfs_idle_w(gpu, 1e12));

    /* Nothing measured: a large GEMM draws the board limit at boost. */
    d->j_per_flop_16 = f->flop_pj > 0.0 ? f->flop_pj * 1e-12
                                        : busy / (gpu->fp16_flop_s * f->math);
    /* fp8 and fp4 against bf16: B200 totals 0.445 and 0.245 of 0.65 pJ */
    d->j_per_flop_8 = 0.65 * d->j_per_flop_16;
    d->j_per_flop_4 = 0.40 * d->j_per_flop_16;
    d->j_per_byte = f->byte_pj * 1e-12;
    d->j_per_byte_stream = KNOWN_OR(gpu->mem_j_per_byte, f->stream_pj * 1e-12);
    d->volt_ratio2 = el_dvfs_volt_ratio2(gpu, clock_hz);
    d->idle_w = el_dvfs_idle_w(gpu, clock_hz);
    d->j_per_byte_kv = f->kv_pj * 1e-12;
    d->j_per_unpack = UNPACK_PJ * 1e-12;
    d->busy_w = f->busy * gpu->tdp_w;
    for (size_t i = 0; i < sizeof servers / sizeof servers[0]; i++) {
        if (strcmp(gpu->slug, servers[i].slug) == 0)
            take_server(servers[i].busy_w, servers[i].flop_pj * 1e-12,
                        servers[i].byte_pj * 1e-12, d);
    }
}

el_status el_device_make(const el_gpu *gpu, double clock_hz, double cap_w,
                         el_device *out, el_error *err)
{
    const family *f;
    double clock = KNOWN_OR(clock_hz, el_dvfs_boost_hz(gpu));
    el_device d;
    el_status st = check(gpu, clock_hz, cap_w, err);
    size_t n = strlen(gpu->slug);

    if (st != EL_OK)
        return st;
    memset(&d, 0, sizeof d);
    n = n < sizeof d.slug - 1 ? n : sizeof d.slug - 1;
    memcpy(d.slug, gpu->slug, n);
    f = family_of(gpu);
    set_peaks(gpu, f, clock, &d);
    set_energies(gpu, f, clock, &d);
    d.cap_w = KNOWN_OR(cap_w, gpu->tdp_w);
    el_device_link(gpu->link, gpu->link_bytes_s, &d);
    if (strncmp(gpu->slug, "gb200", 5) == 0)
        d.node_gpus = 72.0; /* NVL72: one NVLink domain */
    d.link_spin_w_per_sm = f->spin_w;
    d.link_j_per_byte = f->bus_pj * 1e-12;
    *out = d;
    return EL_OK;
}
