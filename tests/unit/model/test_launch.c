/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "model/launch.h"

static void expect(el_launch launch, double servers, const char *want)
{
    el_buf out = {0};

    el_launch_print(&launch, &out);
    assert_string_equal(el_buf_text(&out), want);
    assert_close(el_launch_servers(&launch), servers, 0, 0);
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

static void test_dense(void **state)
{
    el_launch l = {EL_LAUNCH_VLLM, "org/m-7B",       "bfloat16",
                   false,          {2, 1, 1, 1, 64}, NULL};

    (void)state;
    expect(l, 1,
           "vllm serve org/m-7B --tensor-parallel-size 2 --max-num-seqs 64 "
           "--dtype bfloat16");
    l.config = (el_config){2, 2, 1, 3, 64};
    l.precision = "FP8";
    expect(l, 1,
           "vllm serve org/m-7B --tensor-parallel-size 2 "
           "--pipeline-parallel-size 2 --data-parallel-size 3 --max-num-seqs "
           "64 --quantization fp8");
    l.kv = "auto";
    l.precision = "";
    l.config = (el_config){1, 1, 1, 1, 8};
    expect(l, 1,
           "vllm serve org/m-7B --tensor-parallel-size 1 --max-num-seqs 8");
    l.kv = "fp8";
    expect(l, 1,
           "vllm serve org/m-7B --tensor-parallel-size 1 --max-num-seqs 8 "
           "--kv-cache-dtype fp8");
    l.launcher = EL_LAUNCH_SGLANG;
    expect(l, 1,
           "python -m sglang.launch_server --model-path org/m-7B --tp 1 "
           "--max-running-requests 8 --kv-cache-dtype fp8_e5m2");
    l.kv = NULL;
    l.config = (el_config){2, 2, 1, 3, 64};
    l.precision = "mxfp4";
    expect(l, 1,
           "python -m sglang.launch_server --model-path org/m-7B --tp 2 "
           "--pp-size 2 --dp 3 --max-running-requests 64");
    l.launcher = EL_LAUNCH_TRTLLM;
    expect(l, 3,
           "trtllm-serve org/m-7B --tp_size 2 --pp_size 2 "
           "--max_batch_size 64");
}

/* Data-parallel ranks of experts are coupled: replicas are servers apart. */
static void test_experts(void **state)
{
    el_launch l = {EL_LAUNCH_VLLM, "org/moe", "", true, {2, 1, 1, 4, 64}, NULL};

    (void)state;
    expect(l, 4,
           "vllm serve org/moe --tensor-parallel-size 2 --max-num-seqs 64");
    l.config = (el_config){8, 1, 8, 2, 64};
    expect(l, 2,
           "vllm serve org/moe --tensor-parallel-size 8 "
           "--enable-expert-parallel --max-num-seqs 64");
    l.config = (el_config){2, 1, 8, 1, 66}; /* attention ranks share B */
    expect(l, 1,
           "vllm serve org/moe --tensor-parallel-size 2 --data-parallel-size 4 "
           "--enable-expert-parallel --max-num-seqs 17");
    l.launcher = EL_LAUNCH_SGLANG;
    expect(l, 1,
           "python -m sglang.launch_server --model-path org/moe --tp 8 --dp 4 "
           "--enable-dp-attention --ep-size 8 --max-running-requests 66");
    l.launcher = EL_LAUNCH_TRTLLM;
    expect(l, 1,
           "trtllm-serve org/moe --tp_size 8 --ep_size 8 --max_batch_size 66");
}

static void test_quoting(void **state)
{
    el_launch l = {
        EL_LAUNCH_TRTLLM, "a b'; rm -rf", "", false, {1, 1, 1, 1, 1}, NULL};

    (void)state;
    expect(l, 1,
           "trtllm-serve 'a b'\\''; rm -rf' --tp_size 1 --max_batch_size 1");
    l.model = "--x";
    expect(l, 1, "trtllm-serve '--x' --tp_size 1 --max_batch_size 1");
    l.model = "";
    expect(l, 1, "trtllm-serve '' --tp_size 1 --max_batch_size 1");
}

static void expect_pool(el_launch launch, el_launch_role role, const char *want)
{
    el_buf out = {0};

    el_launch_print_pool(&launch, role, &out);
    assert_string_equal(el_buf_text(&out), want);
    el_buf_clear(&out);
    assert_int_equal(el_mem_live(), 0);
}

/* Replicas of a pool are servers apart. */
static void test_pools(void **state)
{
    el_launch l = {EL_LAUNCH_VLLM, "org/m", "", false, {2, 1, 1, 3, 4}, NULL};

    (void)state;
    expect_pool(l, EL_ROLE_PREFILL,
                "vllm serve org/m --tensor-parallel-size 2 --max-num-seqs 4 "
                "--kv-transfer-config '{\"kv_connector\": \"NixlConnector\", "
                "\"kv_role\": \"kv_both\"}'");
    l.launcher = EL_LAUNCH_SGLANG;
    expect_pool(l, EL_ROLE_DECODE,
                "python -m sglang.launch_server --model-path org/m --tp 2 "
                "--max-running-requests 4 --disaggregation-mode decode "
                "--disaggregation-transfer-backend nixl");
    expect_pool(l, EL_ROLE_PREFILL,
                "python -m sglang.launch_server --model-path org/m --tp 2 "
                "--max-running-requests 4 --disaggregation-mode prefill "
                "--disaggregation-transfer-backend nixl");
    l.launcher = EL_LAUNCH_TRTLLM;
    expect_pool(l, EL_ROLE_DECODE,
                "trtllm-serve org/m --tp_size 2 --max_batch_size 4 "
                "--extra_llm_api_options kv.yaml");
    for (el_launcher k = 0; k < EL_N_LAUNCHERS; k++)
        assert_true(strlen(el_launch_router(k)) > 0);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(el_launcher_name(EL_LAUNCH_VLLM), "vllm");
    assert_string_equal(el_launcher_name(EL_LAUNCH_SGLANG), "sglang");
    assert_string_equal(el_launcher_name(EL_LAUNCH_TRTLLM), "trtllm");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dense),   cmocka_unit_test(test_experts),
        cmocka_unit_test(test_quoting), cmocka_unit_test(test_pools),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
