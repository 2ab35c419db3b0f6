/* SPDX-License-Identifier: Apache-2.0 */
#include "model/dvfs.h"

#include <string.h>

/*
 * Tables of EnergAIzer (ISPASS 2026, MIT), as in catalog/gpus.csv and the
 * analytic notes. Voltage: flat up to a knee, then linear to boost.
 *
 * H100: no voltages were published. Its idle power rises from about 1100 to
 * 1830 MHz and is flat above, which is read as the shape of V^2, with the
 * depth of the A100's table.
 */
typedef struct curve {
    size_t n;
    double mhz[7], value[7];
} curve;

typedef struct dvfs {
    const char *prefix; /* of the slug */
    curve volt;         /* V / V0 */
    curve idle;         /* W */
} dvfs;

static const dvfs table[] = {
    {"a100-pcie-40gb",
     {2, {1020, 1410}, {693.75 / 893.75, 1.0}},
     {3, {210, 900, 1410}, {44.5, 47.35, 67.3}}},
    {"a100-pcie-80gb", /* its own idle powers, the shape of the 40 GB board */
     {2, {1020, 1410}, {693.75 / 893.75, 1.0}},
     {3, {210, 900, 1410}, {53.7, 57.1, 80.0}}},
    {"a100-sxm4",
     {2, {1110, 1410}, {743.75 / 893.75, 918.75 / 893.75}},
     {3, {210, 900, 1410}, {60.3, 63.2, 82.3}}},
    {"h100-sxm5",
     {2, {1100, 1830}, {0.776, 1.0}},
     {7,
      {510, 825, 1200, 1410, 1590, 1830, 1980},
      {72.1, 73.0, 78.0, 90.0, 103.0, 118.2, 120.0}}},
};

/* Others: the A100-SXM's shape against f / boost. */
static const curve any_volt = {2, {0.787, 1.0}, {0.8095, 1.0}};
static const curve any_idle = {3, {0.149, 0.638, 1.0}, {0.733, 0.768, 1.0}};

static double at(const curve *c, double x)
{
    size_t i = 1;
    double t;

    if (x <= c->mhz[0])
        return c->value[0];
    if (x >= c->mhz[c->n - 1])
        return c->value[c->n - 1];
    while (x > c->mhz[i])
        i++;
    t = (x - c->mhz[i - 1]) / (c->mhz[i] - c->mhz[i - 1]);
    return c->value[i - 1] + t * (c->value[i] - c->value[i - 1]);
}

static const dvfs *find(const el_gpu *gpu)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strncmp(gpu->slug, table[i].prefix, strlen(table[i].prefix)) == 0)
            return &table[i];
    }
    return NULL;
}

double el_dvfs_boost_hz(const el_gpu *gpu)
{
    return el_is_known(gpu->boost_hz) ? gpu->boost_hz : 1.98e9;
}

double el_dvfs_volt_ratio2(const el_gpu *gpu, double clock_hz)
{
    const dvfs *own = find(gpu);
    double v = own ? at(&own->volt, clock_hz / 1e6)
                   : at(&any_volt, clock_hz / el_dvfs_boost_hz(gpu));

    return v * v;
}

double el_dvfs_idle_w(const el_gpu *gpu, double clock_hz)
{
    const dvfs *own = find(gpu);
    double top = gpu->idle_context_w;

    if (own)
        return at(&own->idle, clock_hz / 1e6);
    /* A context at boost costs 1.36 (A100) to 1.7 (H100) times the bare idle
       power; an unknown idle power is taken as a sixth of the limit. */
    if (!el_is_known(top))
        top = el_is_known(gpu->idle_w) ? 1.5 * gpu->idle_w : gpu->tdp_w / 6.0;
    return top * at(&any_idle, clock_hz / el_dvfs_boost_hz(gpu));
}
