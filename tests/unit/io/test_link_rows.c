/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of measured collectives. The texts have the layout of nccl-tests;
 * their numbers were made up here. */
#include "el_test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/link_read.h"

#define KERNELS EL_SHARED "/data/kernels/"

static const el_link_hint nothing = {.gpus = NAN};

#define RANK(i, host)                                                          \
    "#  Rank  " #i " Group  0 Pid  10" #i " on " host " device  " #i           \
    " [0x1" #i "] NVIDIA H100 80GB HBM3\n"
#define RUN                                                                    \
    "# nThread 1 nGpus 4 minBytes 8 maxBytes 4096 step: 2(factor) warmup "     \
    "iters: 5 iters: 20 agg iters: 1 validation: 1 graph: 0\n#\n"              \
    "# Using devices\n"
#define RANKS4 RANK(0, "n1") RANK(1, "n1") RANK(2, "n1") RANK(3, "n1")
#define NAMES                                                                  \
    "#\n"                                                                      \
    "#                             out-of-place            in-place\n"         \
    "#  size  count  type  redop  root  time  algbw  busbw #wrong  time  "     \
    "algbw  busbw #wrong\n"                                                    \
    "#  (B) (elements)                  (us) (GB/s) (GB/s)         (us) "      \
    "(GB/s) (GB/s)\n"
#define ROWS                                                                   \
    "     0   0  float  sum  -1   5.1  0.00  0.00  0   5.0  0.00  0.00  0\n"   \
    "  4096   1024  float  sum  -1   12.0  0.34  0.51  0   11.5  0.36  0.54  " \
    "N/A\n"                                                                    \
    " 1e6   250000  float  sum  -1   25.0  40.00  60.00  0   25.00  40.00  "   \
    "60.00  3\n"                                                               \
    "# Out of bounds values : 0 OK\n# Avg bus bandwidth    : 20.2\n#\n"

static el_status parse(const char *text, const char *name,
                       const el_link_hint *hint, el_link_rows *rows,
                       el_error *err)
{
    return el_link_rows_parse(text, strlen(text), name, hint, rows, err);
}

static void test_nccl(void **state)
{
    el_link_rows rows = {0};
    const size_t *skip = rows.skipped[EL_COLL_ALL_REDUCE];

    (void)state;
    assert_int_equal(
        parse("$ ./build/all_reduce_perf -b 8 -g 4\n" RUN RANKS4 NAMES ROWS,
              "out.txt", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.n, 3);
    assert_string_equal(rows.gpu, "NVIDIA H100 80GB HBM3");
    assert_int_equal(rows.row[0].collective, EL_COLL_ALL_REDUCE);
    assert_close(rows.row[0].gpus, 4, 0, 0);
    assert_close(rows.row[0].bytes, 4096, 0, 0);
    assert_close(rows.row[0].time_s, 12e-6, 1e-12, 0);
    assert_close(rows.row[1].time_s, 11.5e-6, 1e-12, 0);
    assert_close(rows.row[2].bytes, 1e6, 0, 0);
    assert_false(el_is_known(rows.row[0].n_sm));
    assert_int_equal(skip[EL_SKIP_NO_BYTES], 2);
    assert_int_equal(skip[EL_SKIP_WRONG], 1);
    el_link_rows_clear(&rows);
}

/* Older columns: no root, the largest deviation instead of #wrong; CRLF;
 * lines of the library and of mpirun between. */
static void test_older(void **state)
{
    el_link_rows rows = {0};

    (void)state;
    assert_int_equal(
        parse(RUN "#   Rank  0 Pid   1 on n1 device  0 [0x00] Tesla V100\r\n"
                  "#   Rank  1 Pid   2 on n1 device  1 [0x06] Tesla V100\r\n"
                  "# size count type time algbw busbw error time algbw busbw "
                  "error\r\n"
                  "# (B) (elements) (us) (GB/s) (GB/s) (us) (GB/s) (GB/s)\r\n"
                  "n1:12:34 [0] NCCL INFO Channel 00/02 : 0 1\r\n"
                  "15 more processes have sent help message\r\n"
                  "[1,0]<stdout>: 2048 512 float 8.0 0.26 0.13 0e+00 7.5 0.27 "
                  "0.14 1e-07\r\n",
              "/tmp/all-gather.log", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.n, 2);
    assert_int_equal(rows.row[0].collective, EL_COLL_ALL_GATHER);
    assert_close(rows.row[0].gpus, 2, 0, 0);
    assert_close(rows.row[1].time_s, 7.5e-6, 1e-12, 0);
    assert_string_equal(rows.gpu, "Tesla V100");
    el_link_rows_clear(&rows);
}

/* Two runs of different GPUs and collectives in one file. */
static void test_two_runs(void **state)
{
    el_link_rows rows = {0};

    (void)state;
    assert_int_equal(
        parse("# Collective test starting: all_reduce_perf\n" RUN RANKS4 NAMES
              "4096 1 float sum -1 12 0.3 0.5 0 11 0.3 0.5 0\n"
              "# Collective test starting: sendrecv_perf\n" RUN RANK(0, "n1")
                  RANK(1, "n1") NAMES
              "4096 1 float none -1 9 0.4 0.4 0 N/A 0.3 0.3 N/A\n",
              "-", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.n, 3);
    assert_int_equal(rows.row[2].collective, EL_COLL_SEND);
    assert_close(rows.row[2].gpus, 2, 0, 0);
    assert_int_equal(rows.skipped[EL_COLL_SEND][EL_SKIP_NO_TIME], 1);
    el_link_rows_clear(&rows);
}

/* Collectives that are not modelled are counted; headings without '#'. */
static void test_other(void **state)
{
    el_link_rows rows = {0};

    (void)state;
    assert_int_equal(
        parse("# Collective test starting: broadcast_perf\n" RUN RANKS4 NAMES
              "4096 1 float none 0 9 0.4 0.4 0 8 0.3 0.3 0\n"
              "# Collective test starting: alltoall_perf_mpi\n"
              "nThread 1\n Rank 0 Pid 1 on n device 0 [0x0] GPU\n"
              " Rank 1 Pid 1 on n device 1 [0x1] GPU\n",
              "x", &nothing, &rows, NULL),
        EL_E_DATA); /* two names of GPUs */
    assert_int_equal(rows.skipped[EL_N_COLLECTIVES][EL_SKIP_OTHER], 0);
    assert_int_equal(
        parse("# Collective test starting: broadcast_perf\n" RUN RANKS4 NAMES
              "4096 1 float none 0 9 0.4 0.4 0 8 0.3 0.3 0\n"
              "# Collective test starting: alltoall_perf_mpi\n"
              "nThread 1\n Rank 0 Pid 1 on n1 device 0 [0x0]\n"
              " Rank 1 Pid 1 on n1 device 1 [0x1]\n"
              " size count type time algbw busbw #wrong\n"
              " (B) (elements) (us) (GB/s) (GB/s)\n"
              " 4096 1 float 9 0.4 0.2 0\n",
              "x", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.skipped[EL_N_COLLECTIVES][EL_SKIP_OTHER], 2);
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.row[0].collective, EL_COLL_ALL_TO_ALL);
    assert_close(rows.row[0].gpus, 2, 0, 0);
    el_link_rows_clear(&rows);
}

/* What the file does not say comes from the hint. */
static void test_hint(void **state)
{
    el_link_hint hint = {true, EL_COLL_REDUCE_SCATTER, 4};
    el_link_rows rows = {0};

    (void)state;
    assert_int_equal(parse(NAMES
                           "4096 1 float sum -1 12 0.3 0.5 0 11 0.3 0.5 0\n",
                           "x", &hint, &rows, NULL),
                     EL_OK);
    assert_int_equal(rows.row[0].collective, EL_COLL_REDUCE_SCATTER);
    assert_close(rows.row[0].gpus, 4, 0, 0);
    el_link_rows_clear(&rows);
}

/* A hint that the file contradicts; names too long to keep; no host. */
static void test_odd_ranks(void **state)
{
    const el_link_hint hint = {.gpus = 8};
    const char *host = "a-host-whose-name-is-longer-than-any-that-a-machine-of-"
                       "this-world-was-ever-given-by-the-people-who-run-it";
    char text[4096];
    el_link_rows rows = {0};
    el_error err = {0};

    (void)state;
    assert_int_equal(
        parse(RUN RANKS4 NAMES ROWS, "all_reduce", &hint, &rows, &err),
        EL_E_DATA);
    assert_non_null(
        strstr(err.message, "the file lists 4 GPUs, --gpus says 8"));
    (void)snprintf(text, sizeof text,
                   "%s# Rank 0 Pid 1 on  %s device 0 [0x0] %s   \n"
                   "# Rank 1 Pid 2 on  %s device 1 [0x1] %s\n"
                   "# Rank 2 Pid 3 device 2\n# Rank 3 Pid 4 device 3\n%s%s",
                   RUN, host, host, host, host, NAMES, ROWS);
    if (parse(text, "all_reduce", &nothing, &rows, &err) != EL_OK)
        fail_msg("%s", err.message);
    assert_close(rows.row[0].gpus, 4, 0, 0);
    assert_int_equal(strlen(rows.gpu), EL_GPU_NAME - 1);
    assert_memory_equal(rows.gpu, host, EL_GPU_NAME - 1);
    el_link_rows_clear(&rows);
}

/* Each with what its message must hold. Nothing is kept of such a file. */
static void test_bad_text(void **state)
{
    static const struct {
        const char *text, *name, *says;
    } bad[] = {
        {"", "all_reduce", "all_reduce: no measurement"},
        {"hello\nworld\n", "all_reduce", "no measurement"},
        {RUN RANKS4 NAMES, "all_reduce", "no measurement"},
        {RUN RANKS4 NAMES ROWS, "x", "x:12: neither the file nor its name"},
        {NAMES ROWS, "all_reduce", "all_reduce:5: no list of ranks"},
        {RUN RANK(0, "n1") NAMES ROWS, "all_reduce", "a single GPU"},
        {"1 2 3\n", "all_reduce", "all_reduce:1: numbers before"},
        {RUN RANKS4 NAMES "4096 1 float sum\n", "all_reduce",
         "4 columns, the line of names has 13"},
        {RUN RANKS4 NAMES "4096 1 float sum -1 12 0.3 0.5 0 1x1 0.3 0.5 0\n",
         "all_reduce", "not a number from 0 to 1e+12: \"1x1\""},
        {RUN RANKS4 NAMES "4096 1 float sum -1 -12 0.3 0.5 0 11 0.3 0.5 0\n",
         "all_reduce", "\"-12\""},
        {RUN RANKS4 NAMES ROWS, "all_gather",
         "busbw is 1.5 of algbw, but 0.75"},
        {RUN RANK(0, "n1") RANK(1, "n2") NAMES ROWS, "all_reduce",
         "all_reduce:5: ranks on the hosts n1 and n2"},
        {RUN RANK(0, "n1") "# Rank 1 Pid 1 on n1 device 1 [0x1] NVIDIA A100\n",
         "all_reduce", "\"NVIDIA A100\", but all_reduce has \"NVIDIA H100"},
        {"# size count type time\n", "all_reduce", "without algbw"},
        {"# size count type time algbw busbw\n# (B) (elements) (ms)\n",
         "all_reduce", "not in us"},
        {"\xff\xfe\n", "all_reduce", "all_reduce:1: not a text file"},
        {"a,b\n1,2\n", "x.csv", "x.csv:1: not a table of collectives"},
        {"collective,nccl_dtype,num_gpus,message_size,latency_ms\n"
         "all_reduce,half,1,5,1\n",
         "x.csv", "x.csv:2: num_gpus: must be from 2 to 65536: \"1\""},
        {"collective,nccl_dtype,num_gpus,message_size,latency_ms\n"
         "all_reduce,half,2,5,\n",
         "x.csv", "x.csv:2: latency_ms: not a number"},
        {"collective,nccl_dtype,num_gpus,message_size,latency_ms\n"
         "all_reduce,quarter,2,5,1\n",
         "x.csv", "x.csv:2: nccl_dtype: unknown type: \"quarter\""},
        {"collective,nccl_dtype,num_gpus,message_size,latency_ms\n"
         "all_reduce,half,2,5\n",
         "x.csv", "x.csv:2: "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        el_link_rows rows = {0};
        el_error err = {0};

        if (parse(bad[i].text, bad[i].name, &nothing, &rows, &err) != EL_E_DATA)
            fail_msg("%zu is taken", i);
        if (!strstr(err.message, bad[i].says))
            fail_msg("\"%s\" lacks \"%s\"", err.message, bad[i].says);
        assert_null(strchr(err.message, '\n'));
        assert_int_equal(rows.n, 0);
        assert_string_equal(rows.gpu, "");
        el_link_rows_clear(&rows);
    }
    assert_int_equal(el_mem_live(), 0);
}

static void test_csv(void **state)
{
    el_link_rows rows = {0};

    (void)state;
    assert_int_equal(
        parse("collective,nccl_dtype,num_gpus,message_size,latency_ms,power_w\n"
              "alltoall,int8,8,1024,0.02,250\n"
              "broadcast,int8,8,1024,0.02,250\n"
              "all_gather,half,4,1024,0.02,251\n",
              "x", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.n, 2);
    assert_int_equal(rows.row[0].collective, EL_COLL_ALL_TO_ALL);
    assert_close(rows.row[0].bytes, 1024, 0, 0);
    assert_close(rows.row[1].bytes, 2048, 0, 0);
    assert_close(rows.row[1].time_s, 20e-6, 1e-12, 0);
    assert_close(rows.row[1].power_w, 251, 0, 0);
    assert_int_equal(rows.skipped[EL_N_COLLECTIVES][EL_SKIP_OTHER], 1);
    assert_int_equal(parse("allreduce_dtype,num_gpus,message_size,latency_ms\n"
                           "bfloat16,2,128,0.004\nbfloat16,2,1000000,0.01\n",
                           "x", &nothing, &rows, NULL),
                     EL_OK);
    assert_int_equal(rows.n, 3);
    assert_int_equal(rows.row[2].collective, EL_COLL_ONE_SHOT);
    assert_int_equal(rows.skipped[EL_COLL_ONE_SHOT][EL_SKIP_LARGE], 1);
    el_link_rows_clear(&rows);
}

/* One pick: one rank of 8; bf16 back. */
static void test_deepep(void **state)
{
    el_link_rows rows = {0};

    (void)state;
    assert_int_equal(
        parse("node_num,hidden_size,num_token,num_topk,num_experts,"
              "dispatch_sms,dispatch_transmit_us,dispatch_notify_us,"
              "combine_sms,combine_transmit_us,combine_notify_us\n"
              "1,4096,100,1,64,4,25,0,8,30,0\n2,4096,100,1,64,4,25,0,8,30,0\n",
              "x", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.n, 2);
    assert_close(rows.row[0].bytes, 409600, 1e-9, 0);
    assert_close(rows.row[1].bytes, 819200, 1e-9, 0);
    assert_close(rows.row[0].n_sm, 4, 0, 0);
    assert_close(rows.row[1].n_sm, 8, 0, 0);
    assert_close(rows.row[1].time_s, 30e-6, 1e-9, 0);
    assert_int_equal(rows.skipped[EL_COLL_EXPERT_EXCHANGE][EL_SKIP_OTHER], 1);
    el_link_rows_clear(&rows);
}

static void test_real(void **state)
{
    el_link_rows rows = {0};

    (void)state;
    if (access(KERNELS, R_OK) != 0)
        skip();
    assert_int_equal(
        el_link_rows_read(KERNELS "a100_sxm_nccl.csv", &nothing, &rows, NULL),
        EL_OK);
    assert_int_equal(rows.n, 504);
    assert_int_equal(el_link_rows_read(KERNELS "a100_sxm_allreduce_custom.csv",
                                       &nothing, &rows, NULL),
                     EL_OK);
    assert_int_equal(rows.n, 504 + 39);
    assert_int_equal(el_link_rows_read(KERNELS "h100_sxm_deepep_normal.csv",
                                       &nothing, &rows, NULL),
                     EL_OK);
    assert_int_equal(rows.n, 504 + 39 + 2 * 2484);
    assert_int_equal(
        el_link_rows_read(KERNELS "a100_sxm_gemm.csv", &nothing, &rows, NULL),
        EL_E_DATA);
    assert_int_equal(rows.n, 504 + 39 + 2 * 2484);
    el_link_rows_clear(&rows);
}

static void test_oom(void **state)
{
    const char *text = RUN RANKS4 NAMES ROWS ROWS ROWS ROWS ROWS;
    const char *csv = "collective,nccl_dtype,num_gpus,message_size,latency_ms\n"
                      "alltoall,int8,8,1024,0.02\n";
    el_status st;

    (void)state;
    for (int i = 0; i < 2; i++) {
        long k = 0;

        do {
            el_link_rows rows = {0};

            el_mem_fail_at(k);
            st = parse(i ? csv : text, "all_reduce", &nothing, &rows, NULL);
            el_mem_fail_at(-1);
            if (st != EL_OK) {
                assert_int_equal(st, EL_E_NOMEM);
                assert_int_equal(rows.n, 0);
            }
            el_link_rows_clear(&rows);
            assert_int_equal(el_mem_live(), 0);
        } while (st != EL_OK && ++k < 100);
        assert_int_equal(st, EL_OK);
        assert_true(k > 0);
    }
    {
        el_link_rows rows = {0};

        assert_int_equal(el_link_rows_read("/nowhere/x", &nothing, &rows, NULL),
                         EL_E_IO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nccl),     cmocka_unit_test(test_older),
        cmocka_unit_test(test_two_runs), cmocka_unit_test(test_other),
        cmocka_unit_test(test_hint),     cmocka_unit_test(test_odd_ranks),
        cmocka_unit_test(test_bad_text), cmocka_unit_test(test_csv),
        cmocka_unit_test(test_deepep),   cmocka_unit_test(test_real),
        cmocka_unit_test(test_oom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
