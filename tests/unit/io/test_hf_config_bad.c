/* SPDX-License-Identifier: Apache-2.0 */
/* Configs that are refused, files and memory that fail. */
#include "el_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/file.h"
#include "io/hf_config.h"
#include "io/json.h"

/* A small network; more keys come before or override by `type`. */
#define SIZES                                                                  \
    "\"hidden_size\":64,\"num_hidden_layers\":4,\"num_attention_heads\":4,"    \
    "\"intermediate_size\":128,\"vocab_size\":1000"
#define NET(type, more) "{\"model_type\":\"" type "\"," SIZES more "}"

static void refuse(const char *text, const char *says)
{
    el_arch_desc a = {.hidden = -1};
    el_error err = {0};

    assert_int_equal(
        el_hf_config_parse(text, strlen(text), "c.json", NULL, 0, &a, &err),
        EL_E_DATA);
    if (!strstr(err.message, says) || strncmp(err.message, "c.json:", 7) != 0)
        fail_msg("%s: lacks %s", err.message, says);
    assert_null(strchr(err.message, '\n'));
    assert_close(a.hidden, -1, 0, 0);
}

static void bad_sizes(void **state)
{
    (void)state;
    refuse("[1]", "not a JSON object");
    refuse("{\"a\":", "c.json:1:");
    refuse("", "empty");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":\"big\"}",
           "hidden_size: not a number");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":-4096}",
           "hidden_size: out of range (-4096, limit 1 to 16777216)");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":64.5}",
           "hidden_size: not a whole number (64.5)");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":1e300}",
           "hidden_size: out of range");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":NaN}",
           "hidden_size: out of range (0");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":-Infinity}",
           "hidden_size: missing");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":64,"
           "\"num_hidden_layers\":1000000}",
           "num_hidden_layers: out of range (1000000, limit 1 to 4096)");
    refuse(NET("llama", ",\"tie_word_embeddings\":\"yes\""),
           "tie_word_embeddings: not true or false");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":64,"
           "\"num_hidden_layers\":1,\"vocab_size\":9,"
           "\"num_attention_heads\":0}",
           "num_attention_heads: out of range (0");
    refuse("{\"model_type\":\"llama\",\"hidden_size\":64,"
           "\"num_hidden_layers\":1,\"vocab_size\":9,"
           "\"num_attention_heads\":7}",
           "num_attention_heads: does not divide hidden_size");
    refuse(NET("llama", ",\"num_key_value_heads\":3"),
           "num_key_value_heads: does not divide num_attention_heads (3");
    refuse(NET("llama", ",\"text_config\":4"), "text_config: not an object");
    refuse(NET("llama", ",\"kv_lora_rank\":4"), "qk_rope_head_dim: missing");
    refuse(NET("mixtral", ",\"num_local_experts\":4"),
           "num_experts_per_tok: missing");
    refuse(NET("mixtral", ",\"num_local_experts\":4,"
                          "\"num_experts_per_tok\":5"),
           "num_experts_per_tok: more than there are experts (5, limit 4)");
}

static void bad_lists(void **state)
{
    (void)state;
    refuse(NET("gpt_oss", ",\"layer_types\":[\"full_attention\"]"),
           "layer_types: wrong length (1, num_hidden_layers is 4)");
    refuse(NET("gpt_oss", ",\"layer_types\":7"), "layer_types: not a list");
    refuse(NET("llama", ",\"layer_types\":[\"conv\",\"conv\",\"conv\","
                        "\"conv\"]"),
           "layer_types: layer 0 is not understood (\"conv\")");
    refuse(NET("llama", ",\"layer_types\":[1,2,3,4]"), "layer 0");
    refuse(NET("nemotron_h", ",\"mamba_num_heads\":4,"
                             "\"hybrid_override_pattern\":\"M*\""),
           "hybrid_override_pattern: wrong length (2");
    refuse(NET("nemotron_h", ",\"mamba_num_heads\":4,"
                             "\"hybrid_override_pattern\":\"MM?M\""),
           "hybrid_override_pattern: layer 2");
    refuse(NET("nemotron_h", ",\"mamba_num_heads\":4"),
           "hybrid_override_pattern: missing");
    refuse(NET("nemotron_h", ",\"mamba_num_heads\":4,"
                             "\"hybrid_override_pattern\":3"),
           "hybrid_override_pattern: not a string");
    refuse(NET("mllama", ""), "cross_attention_layers");
    refuse(NET("minimax", ""), "attn_type_list: missing");
    refuse(NET("bamba", ",\"mamba_n_heads\":4"), "layer_types: missing");
    refuse(NET("jamba", ""), "attn_layer_period: missing");
    refuse(NET("nemotron-nas", ""), "block_configs: missing");
#define NAS(attention, ffn)                                                    \
    "{\"model_type\":\"nemotron-nas\",\"hidden_size\":64,"                     \
    "\"num_hidden_layers\":1,\"num_attention_heads\":4,\"vocab_size\":9,"      \
    "\"block_configs\":[{\"attention\":{" attention "},\"ffn\":{" ffn "}}]}"
    refuse(NAS("\"replace_with_linear\":true", ""), "layer 0");
    refuse(NAS("", "\"replace_with_linear\":true"), "layer 0");
    refuse(NAS("\"num_key_value_heads\":3", ""), "does not divide");
    refuse(NAS("\"num_key_value_heads\":9", ""), "does not divide");
    refuse(NAS("\"num_key_value_heads\":2,\"window_length\":-1", ""),
           "block_configs");
#undef NAS
    refuse(NET("nemotron-nas", ",\"block_configs\":[1,2,3,4]"),
           "block_configs: layer 0 is not understood");
    refuse("{\"model_type\":\"nemotron-nas\",\"hidden_size\":64,"
           "\"num_hidden_layers\":1,\"num_attention_heads\":4,"
           "\"vocab_size\":9,\"block_configs\":[{\"attention\":{},"
           "\"ffn\":{}}]}",
           "block_configs: attention.n_heads_in_group");
    refuse("{\"model_type\":\"nemotron-nas\",\"hidden_size\":64,"
           "\"num_hidden_layers\":1,\"num_attention_heads\":4,"
           "\"vocab_size\":9,\"block_configs\":[{\"attention\":"
           "{\"no_op\":true},\"ffn\":{}}]}",
           "block_configs: ffn.ffn_mult");
}

static void other_networks(void **state)
{
    (void)state;
    refuse("{\"_class_name\":\"StableDiffusionPipeline\"}",
           "diffusion pipeline \"StableDiffusionPipeline\"");
    refuse("{\"_diffusers_version\":\"0.30\"}", "diffusion");
    refuse("{\"unet\":[],\"vae\":[]}", "diffusion");
    refuse(NET("t5", ",\"is_encoder_decoder\":true"), "encoder-decoder");
    refuse(NET("t5", ""), "not a decoder-only language model");
}

static void deep_and_long(void **state)
{
    static char text[EL_HF_MAX_FILE + 64];

    (void)state;
    memset(text, '[', 100000);
    text[100000] = '\0';
    refuse(text, "c.json:1:");
    memset(text, ' ', sizeof text - 1);
    refuse(text, "too long");
    /* 65 kinds of layer are more than fit */
    {
        size_t n = (size_t)snprintf(
            text, sizeof text,
            "{\"model_type\":\"nemotron-nas\",\"hidden_size\":64,"
            "\"num_hidden_layers\":65,\"num_attention_heads\":4,"
            "\"vocab_size\":9,\"block_configs\":[");

        for (int i = 0; i < 65; i++)
            n += (size_t)snprintf(text + n, sizeof text - n,
                                  "%s{\"attention\":{\"no_op\":true},"
                                  "\"ffn\":{\"intermediate_size\":%d}}",
                                  i ? "," : "", i + 1);
        (void)snprintf(text + n, sizeof text - n, "]}");
    }
    refuse(text, "too many kinds of layer");
}

/* ---- files ---- */

static void put(const char *path, const char *text)
{
    assert_int_equal(el_file_write(path, text, strlen(text), NULL), EL_OK);
}

static void folders_and_files(void **state)
{
    char dir[] = "/tmp/el_hf_XXXXXX", path[256];
    el_arch_desc a = {.hidden = -1};
    el_error err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(el_hf_config_read(NULL, &a, NULL), EL_E_ARG);
    assert_int_equal(el_hf_config_read(dir, NULL, NULL), EL_E_ARG);
    assert_int_equal(el_hf_config_read(dir, &a, &err), EL_E_IO);
    assert_non_null(strstr(err.message, "config.json"));
    (void)snprintf(path, sizeof path, "%s/model_index.json", dir);
    put(path, "{}");
    assert_int_equal(el_hf_config_read(dir, &a, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "diffusion"));
    (void)snprintf(path, sizeof path, "%s/hf_quant_config.json", dir);
    put(path, "{\"quantization\":{\"quant_algo\":\"FP8\","
              "\"kv_cache_quant_algo\":\"FP8\"}}");
    assert_int_equal(el_hf_config_read(path, &a, &err), EL_E_DATA);
    assert_non_null(strstr(err.message, "not the network"));
    assert_close(a.hidden, -1, 0, 0);
    (void)snprintf(path, sizeof path, "%s/config.json", dir);
    put(path, NET("llama", ""));
    (void)snprintf(path, sizeof path, "%s/", dir);
    assert_int_equal(el_hf_config_read(path, &a, NULL), EL_OK);
    assert_string_equal(a.name, dir + strlen("/tmp/"));
    assert_string_equal(a.quantisation, "fp8");
    assert_close(a.kv_bits, 8, 0, 0);
    (void)snprintf(path, sizeof path, "%s/hf_quant_config.json", dir);
    assert_int_equal(el_hf_config_read(path, &a, NULL), EL_OK);
    put(path, "[]");
    assert_int_equal(el_hf_config_read(dir, &a, NULL), EL_E_DATA);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/config.json", dir);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/model_index.json", dir);
    (void)unlink(path);
    (void)rmdir(dir);
}

static void long_path(void **state)
{
    static char path[5000];
    el_arch_desc a;

    (void)state;
    memset(path, 'x', sizeof path - 1);
    assert_int_equal(el_hf_config_read(path, &a, NULL), EL_E_IO);
}

static void arguments(void **state)
{
    el_arch_desc a;

    (void)state;
    assert_int_equal(el_hf_config_parse(NULL, 3, "c", NULL, 0, &a, NULL),
                     EL_E_ARG);
    assert_int_equal(el_hf_config_parse("{}", 2, NULL, NULL, 0, &a, NULL),
                     EL_E_ARG);
    assert_int_equal(el_hf_config_parse("{}", 2, "c", NULL, 0, NULL, NULL),
                     EL_E_ARG);
}

/*
 * jansson loses the rest of a token where its buffer cannot grow and goes on,
 * so a document may come out short: a missing key is then as good an answer.
 */
static void out_of_memory(void **state)
{
    static const char text[] =
        NET("llama", ",\"vision_config\":{\"hidden_size\":8,\"depth\":1}");
    static const char quant[] = "{\"quantization\":{\"quant_algo\":\"FP8\"}}";
    size_t n_failed = 0;

    (void)state;
    for (long k = 0; k < 200; k++) {
        el_arch_desc a = {.hidden = -1};
        el_status st;

        el_mem_fail_at(k);
        st = el_hf_config_parse(text, strlen(text), "c", quant, strlen(quant),
                                &a, NULL);
        el_mem_fail_at(-1);
        assert_int_equal(el_mem_live(), 0);
        if (st == EL_OK)
            continue;
        n_failed++;
        assert_true(st == EL_E_NOMEM || st == EL_E_DATA);
        assert_close(a.hidden, -1, 0, 0);
    }
    assert_in_range(n_failed, 10, 199);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_sizes),         cmocka_unit_test(bad_lists),
        cmocka_unit_test(other_networks),    cmocka_unit_test(deep_and_long),
        cmocka_unit_test(folders_and_files), cmocka_unit_test(long_path),
        cmocka_unit_test(arguments),         cmocka_unit_test(out_of_memory),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
