/* SPDX-License-Identifier: Apache-2.0 */
#include "energylens/kernel.h"

#include <string.h>

/*
 * Links by kind. b: asymptotic bus bandwidth over one direction's bandwidth
 * for 2, 4, 8 and 16+ GPUs.
 *
 * NVLink3 and NVLink4: fitted on data/kernels/{a100,h100}_sxm_nccl.csv (NCCL,
 * aiconfigurator, Apache-2.0; bandwidths of the analytic notes). NVLink2 and
 * NVLink5 take NVLink3's and NVLink4's. Bridges join two boards; above that,
 * and on PCIe alone, traffic goes through the host. xGMI and Xe Link are
 * meshes: n GPUs use n - 1 of 7 links. Those, PCIe and the network are
 * assumed, nothing is measured here.
 */
#define CAST 0.484 /* pull requests in comm.c */

typedef struct link_kind {
    const char *name; /* prefix of the catalogue's text */
    double b[4];
    double alpha_s, hop_s, ramp_s, custom_s;
    double sm_bytes_s, sm;
    double one_way; /* bytes/s where the catalogue has none */
    double cast;    /* of it: the switch adds and sends to all; 0: cannot */
} link_kind;

static const link_kind kinds[] = {
    {"NVLink5",
     {.713, .80, .90, .90},
     6.2e-6,
     4.5e-6,
     26e-6,
     3e-6,
     35e9,
     24,
     900e9,
     CAST},
    {"NVLink4",
     {.713, .776, .90, .90},
     6.2e-6,
     4.5e-6,
     26e-6,
     3e-6,
     16.5e9,
     32,
     450e9,
     CAST},
    {"NVLink bridge",
     {.60, .10, .08, .08},
     9.9e-6,
     5.3e-6,
     49e-6,
     4e-6,
     12.5e9,
     24,
     300e9,
     0},
    {"NVLink",
     {.643, .723, .740, .74},
     9.93e-6,
     5.27e-6,
     49e-6,
     3.72e-6,
     12.5e9,
     24,
     300e9,
     0},
    {"xGMI",
     {.10, .30, .70, .70},
     12e-6,
     5e-6,
     50e-6,
     5e-6,
     12.5e9,
     40,
     448e9,
     0},
    {"Infinity",
     {.10, .30, .70, .70},
     12e-6,
     5e-6,
     50e-6,
     5e-6,
     12.5e9,
     40,
     300e9,
     0},
    {"Xe Link",
     {.10, .30, .60, .60},
     15e-6,
     6e-6,
     60e-6,
     0,
     12.5e9,
     32,
     424e9,
     0},
    {"PCIe", {.55, .40, .35, .35}, 15e-6, 8e-6, 60e-6, 0, 6e9, 8, 32e9, 0},
    {"", {.55, .40, .35, .35}, 15e-6, 8e-6, 60e-6, 0, 6e9, 8, 32e9, 0},
};

void el_device_link(const char *link, double link_bytes_s, el_device *out)
{
    const link_kind *k = kinds;
    double one_way;

    while (strncmp(link, k->name, strlen(k->name)) != 0)
        k++; /* the last name is "" */
    one_way = el_is_known(link_bytes_s) ? link_bytes_s / 2.0 : k->one_way;
    for (int i = 0; i < 4; i++)
        out->link_bus_bytes_s[i] = k->b[i] * one_way;
    out->link_alpha_s = k->alpha_s;
    out->link_hop_s = k->hop_s;
    out->link_ramp_s = k->ramp_s;
    out->link_custom_alpha_s = k->custom_s;
    out->link_cast_bytes_s = k->cast * one_way;
    out->link_sm_bytes_s = k->sm_bytes_s;
    out->link_sm = k->sm;
    out->node_gpus = 8.0;
    out->net_bytes_s = 50e9 * 0.8; /* 400 Gbit/s a GPU, 80 % of it */
    out->net_alpha_s = 12e-6;
}
