/* SPDX-License-Identifier: Apache-2.0 */
#include "model/name_format.h"

#include <string.h>

#include "el_test.h"

static void names_say_their_format(void **state)
{
    static const char *const want[][2] = {
        {"Qwen/Qwen3-32B", ""},
        {"meta-llama/Meta-Llama-3.1-8B-Instruct", ""},
        {"Qwen/Qwen3-32B-FP8", "fp8"},
        {"RedHatAI/Meta-Llama-3.1-8B-Instruct-FP8-dynamic", "fp8"},
        {"amd/Llama-3.1-70B-Instruct-FP8-KV", "fp8"},
        {"TheBloke/Llama-2-70B-GPTQ", "gptq"},
        {"Qwen/Qwen2.5-72B-Instruct-GPTQ-Int8", "int8"},
        {"hugging-quants/Meta-Llama-3.1-70B-Instruct-AWQ-INT4", "awq"},
        {"RedHatAI/Llama-3.3-70B-Instruct-quantized.w8a8", "int8"},
        {"RedHatAI/Llama-3.3-70B-Instruct-quantized.w4a16", "int4"},
        {"nvidia/DeepSeek-R1-0528-FP4", "nvfp4"},
        {"amd/DeepSeek-R1-MXFP4-Preview", "mxfp4"},
        {"mlx-community/Meta-Llama-3.1-8B-Instruct-4bit", "int4"},
        {"Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "q4_k"},
        {"MaziyarPanahi/Meta-Llama-3-8B-Instruct.Q8_0", "q8_0"},
        {"qwen2.5:7b-instruct-q5_0", "q5_k"},
        {"Qwen2.5-7B-Instruct-IQ2_XXS", "q2_k"},
        {"Llama-3.1-8B-Instruct-f16.gguf", ""},
        {"unsloth/Qwen3-30B-A3B-GGUF", ""},
        {"q", ""},
        {"iq", ""},
        {"q7", ""},
        {"QwQ-32B", ""},
        {"", ""},
    };
    char longest[400];

    (void)state;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        if (strcmp(el_name_format(want[i][0]), want[i][1]) != 0)
            fail_msg("%s: \"%s\", want \"%s\"", want[i][0],
                     el_name_format(want[i][0]), want[i][1]);
    memset(longest, 'q', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_string_equal(el_name_format(longest), "");
    assert_string_equal(el_name_format(NULL), "");
}

/* 4.5 bits: 32 weights of 4 bits and a scale of 16 (Q4_0); Q8_0: 34 bytes. */
static void gguf_blocks_have_bits(void **state)
{
    (void)state;
    assert_close(el_gguf_bits("Q4_0"), 18.0 * 8 / 32, 0, 0);
    assert_close(el_gguf_bits("q8_0"), 34.0 * 8 / 32, 0, 0);
    assert_close(el_gguf_bits("Q6_K"), 210.0 * 8 / 256, 0, 0);
    assert_close(el_gguf_bits("Q4_K_M"), 144.0 * 8 / 256, 0, 0);
    assert_close(el_gguf_bits("IQ2_XXS"), el_gguf_bits("q2_k"), 0, 0);
    assert_true(isnan(el_gguf_bits("")));
    assert_true(isnan(el_gguf_bits("q")));
    assert_true(isnan(el_gguf_bits("q9")));
    assert_true(isnan(el_gguf_bits("q4_2024")));
    assert_true(isnan(el_gguf_bits("fp8")));
    assert_true(isnan(el_gguf_bits("bfloat16")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_say_their_format),
        cmocka_unit_test(gguf_blocks_have_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
