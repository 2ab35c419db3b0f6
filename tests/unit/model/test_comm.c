/* SPDX-License-Identifier: Apache-2.0 */
#include "el_analytic_sample.h"
#include "el_device_sample.h"

static double seconds(const el_device *d, el_comm_kind kind, double bytes,
                      double degree, double n_sm)
{
    el_cost c;

    el_comm_cost(d, kind, bytes, degree, n_sm, &c);
    return c.time_s;
}

/* NCCL and one-shot all-reduce on A100s: data/kernels, us. */
static void test_published(void **state)
{
    el_device d = el_sample_device(el_sample_a100());

    (void)state;
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 0x1p27, 8, 0), 1169e-6, 0.1,
                 0);
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 0x1p27, 2, 0), 747e-6, 0.1, 0);
    assert_close(seconds(&d, EL_COMM_ALL_GATHER, 0x1p27, 4, 0), 578e-6, 0.1, 0);
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 4096, 8, 0), 6.1e-6, 0.2, 0);
    d.link_custom_alpha_s = 0;
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 4096, 8, 0), 21.4e-6, 0.2, 0);
}

/* H100s: vLLM pull requests 24111 (2 and 6 GPUs) and 42324 (8), us. */
static void test_engine_kernels(void **state)
{
    static const struct {
        double n, mib, us;
    } measured[] = {{2, 1, 9},  {2, 2, 13}, {6, 2, 21},  {6, 4, 31},
                    {8, 1, 14}, {8, 8, 46}, {8, 32, 165}};
    el_device d = el_sample_device(el_sample_h100()), nccl = d;

    (void)state;
    for (size_t i = 0; i < sizeof measured / sizeof measured[0]; i++)
        assert_close(seconds(&d, EL_COMM_ALL_REDUCE, measured[i].mib * 0x1p20,
                             measured[i].n, 0),
                     measured[i].us * 1e-6, 0.2, 0);
    /* too large, on given SMs, four GPUs, another collective: NCCL */
    nccl.link_cast_bytes_s = 0;
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 0x1p28, 8, 0),
                 seconds(&nccl, EL_COMM_ALL_REDUCE, 0x1p28, 8, 0), 0, 0);
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 0x1p22, 8, 16),
                 seconds(&nccl, EL_COMM_ALL_REDUCE, 0x1p22, 8, 16), 0, 0);
    assert_close(seconds(&d, EL_COMM_ALL_REDUCE, 0x1p22, 4, 0),
                 seconds(&nccl, EL_COMM_ALL_REDUCE, 0x1p22, 4, 0), 0, 0);
    assert_close(seconds(&d, EL_COMM_ALL_GATHER, 0x1p22, 8, 0),
                 seconds(&nccl, EL_COMM_ALL_GATHER, 0x1p22, 8, 0), 0, 0);
    assert_true(seconds(&nccl, EL_COMM_ALL_REDUCE, 0x1p22, 8, 0) >
                1.4 * seconds(&d, EL_COMM_ALL_REDUCE, 0x1p22, 8, 0));
}

/* Bandwidth in proportion to SMs until the link is full. */
static void test_sm(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    double four = seconds(&d, EL_COMM_REDUCE_SCATTER, 1e9, 8, 4);
    double eight = seconds(&d, EL_COMM_REDUCE_SCATTER, 1e9, 8, 8);

    (void)state;
    assert_close(four / eight, 2, 0.03, 0);
    assert_close(seconds(&d, EL_COMM_REDUCE_SCATTER, 1e9, 8, 64),
                 seconds(&d, EL_COMM_REDUCE_SCATTER, 1e9, 8, 0), 1e-9, 0);
}

static void test_degrees(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_cost c = {.time_s = 1};
    double one = seconds(&d, EL_COMM_SEND, 1e8, 2, 0), two;

    (void)state;
    el_comm_cost(&d, EL_COMM_ALL_REDUCE, 1e6, 1, 0, &c);
    assert_close(c.time_s + c.energy_j, 0, 0, 0);
    el_comm_cost(&d, EL_COMM_NONE, 1e6, 8, 0, &c);
    assert_close(c.time_s + c.energy_j, 0, 0, 0);
    el_comm_cost(&d, EL_COMM_ALL_REDUCE, 0, 8, 0, &c);
    assert_close(c.time_s + c.energy_j, 0, 0, 0);
    assert_close(seconds(&d, EL_COMM_SEND, 1e8, 64, 0), one, 1e-9, 0);
    /* two nodes: the network on an eighth of the tensor comes on top */
    one = seconds(&d, EL_COMM_ALL_REDUCE, 1e9, 8, 0);
    two = seconds(&d, EL_COMM_ALL_REDUCE, 1e9, 16, 0);
    assert_close(two - one, 24e-6 + 1e9 / 8 / 40e9, 1e-6, 0);
    /* all-to-all sends most of its bytes over it */
    assert_true(seconds(&d, EL_COMM_ALL_TO_ALL, 1e9, 16, 0) >
                seconds(&d, EL_COMM_ALL_GATHER, 1e9, 16, 0));
    /* a GPU without fast link: network only */
    d.node_gpus = 1;
    assert_close(seconds(&d, EL_COMM_ALL_GATHER, 1e9, 2, 0),
                 24e-6 + 0.5e9 / 40e9, 1e-6, 0);
    d.node_gpus = 72; /* past the last bandwidth known */
    assert_true(seconds(&d, EL_COMM_ALL_GATHER, 1e9, 64, 0) > 0);
}

/* E = spin t + e bus */
static void test_energy(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_cost c;

    (void)state;
    el_comm_cost(&d, EL_COMM_ALL_REDUCE, 1e9, 4, 8, &c);
    assert_close(c.energy_j, 3.0 * 8 * c.time_s + 525e-12 * 1.5e9, 1e-9, 0);
    el_comm_cost(&d, EL_COMM_ALL_REDUCE, 1e9, 4, 0, &c);
    assert_close(c.energy_j, 3.0 * 24 * c.time_s + 525e-12 * 1.5e9, 1e-9, 0);
}

static void test_overlap(void **state)
{
    el_device d = el_sample_device(el_sample_a100());
    el_op op = el_sample_gemm(8192, 8192, 2048);
    el_cost kernel, comm, plain, piped;

    (void)state;
    d.cap_w = 1e9;
    op.comm = EL_COMM_REDUCE_SCATTER;
    op.comm_bytes = 2 * 8192.0 * 8192.0;
    op.comm_degree = 4;
    el_overlap_cost(&d, &op, &kernel, &comm, &plain);
    assert_close(plain.time_s, kernel.time_s + comm.time_s, 1e-12, 0);
    assert_close(plain.energy_j, kernel.energy_j + comm.energy_j, 1e-12, 0);
    op.overlap_stages = 4;
    op.overlap_sm = 16;
    el_overlap_cost(&d, &op, NULL, NULL, &piped);
    assert_true(piped.time_s > kernel.time_s);
    /* on one SM the wire takes longer than the kernel and decides */
    op.overlap_sm = 1;
    el_overlap_cost(&d, &op, NULL, NULL, &plain);
    assert_true(plain.time_s > 3 * piped.time_s);
    /* weights that the L2 holds are not read again */
    op = el_sample_gemm(8192, 1024, 1024);
    op.comm = EL_COMM_REDUCE_SCATTER;
    op.comm_bytes = 2 * 8192.0 * 1024.0;
    op.comm_degree = 4;
    op.overlap_stages = 2;
    op.overlap_sm = 4;
    el_overlap_cost(&d, &op, &kernel, &comm, &piped);
    assert_close(piped.energy_j - kernel.energy_j, comm.energy_j, 0.5, 0);
    /* nothing to join */
    op.comm_degree = 1;
    el_overlap_cost(&d, &op, &kernel, NULL, &piped);
    assert_close(piped.time_s, kernel.time_s, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published), cmocka_unit_test(test_sm),
        cmocka_unit_test(test_degrees),   cmocka_unit_test(test_energy),
        cmocka_unit_test(test_overlap),   cmocka_unit_test(test_engine_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
