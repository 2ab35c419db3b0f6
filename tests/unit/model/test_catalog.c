/* SPDX-License-Identifier: Apache-2.0 */
#include "el_test.h"

#include <string.h>

#include "base/mem.h"
#include "model/catalog.h"

/* Add an entry that has only names; NULL alias: none. */
static el_status add(el_catalog *c, el_kind kind, const char *slug,
                     const char *alias, bool user, el_error *err)
{
    el_item item;
    el_status st = EL_OK;
    const char *text = el_catalog_text(c, slug);

    el_item_init(c, kind, &item);
    if (!text)
        return EL_E_NOMEM;
    item.entry.slug = text;
    item.entry.path = user ? "user.json" : "data/x.json";
    item.source = "test";
    item.user = user;
    el_item_set_text(&item, el_item_texts(kind), text);
    if (alias) {
        text = el_catalog_text(c, alias);
        st = text ? el_item_add_alias(c, &item, text, err) : EL_E_NOMEM;
    }
    return st == EL_OK ? el_catalog_add(c, kind, &item, err) : st;
}

static el_catalog *gpus(void)
{
    static const char *const slug[] = {"a100-sxm4-40gb",
                                       "a100-sxm4-80gb",
                                       "a100-pcie-40gb",
                                       "a100-pcie-80gb",
                                       "h100-sxm5-80gb",
                                       "h100-pcie-80gb",
                                       "l4",
                                       "max-1550"};
    el_catalog *c = NULL;

    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    for (size_t i = 0; i < sizeof slug / sizeof *slug; i++)
        assert_int_equal(add(c, EL_KIND_GPU, slug[i],
                             i == 4   ? "NVIDIA H100 80GB HBM3"
                             : i == 0 ? "A100-40GB"
                                      : NULL,
                             false, NULL),
                         EL_OK);
    assert_int_equal(el_catalog_finish(c, NULL), EL_OK);
    return c;
}

static const char *gpu_slug(const el_catalog *c, const char *name)
{
    const el_gpu *gpu = el_catalog_find_gpu(c, name);

    return gpu ? gpu->slug : "-";
}

static void gpu_names(void **state)
{
    el_catalog *c = gpus();
    char longest[EL_CATALOG_MAX_NAME + 2];

    (void)state;
    assert_string_equal(gpu_slug(c, "L4"), "l4");
    assert_string_equal(gpu_slug(c, "NVIDIA L4"), "l4");
    assert_string_equal(gpu_slug(c, " nvidia_l4 "), "l4");
    assert_string_equal(gpu_slug(c, "H100 80GB HBM3"), "h100-sxm5-80gb");
    assert_string_equal(gpu_slug(c, "NVIDIA-H100-80GB-HBM3"), "h100-sxm5-80gb");
    assert_string_equal(gpu_slug(c, "Tesla A100/SXM4 40GB"), "a100-sxm4-40gb");
    assert_string_equal(gpu_slug(c, "Intel(R) Max 1550"), "max-1550");
    assert_string_equal(gpu_slug(c, "Intel(TM) Max1550"), "max-1550");
    assert_string_equal(gpu_slug(c, "a100"), "-");
    assert_string_equal(gpu_slug(c, "h100"), "-");
    assert_string_equal(gpu_slug(c, "A100-SXM4-40GB-MIG-1g.5gb"), "-");
    assert_string_equal(gpu_slug(c, "NVIDIA"), "-");
    assert_string_equal(gpu_slug(c, ""), "-");
    assert_string_equal(gpu_slug(c, "(x) //"), "-");
    assert_string_equal(gpu_slug(c, NULL), "-");
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_string_equal(gpu_slug(c, longest), "-");
    longest[sizeof longest - 2] = '\0';
    assert_string_equal(gpu_slug(c, longest), "-");
    el_catalog_free(c);
}

static const char *llm_slug(const el_catalog *c, const char *name)
{
    const el_llm *llm = el_catalog_find_llm(c, name);

    return llm ? llm->slug : "-";
}

static void llm_names(void **state)
{
    el_catalog *c = NULL;

    (void)state;
    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_LLM, "llama-3.1-8b",
                         "meta-llama/Meta-Llama-3.1-8B", false, NULL),
                     EL_OK);
    assert_int_equal(add(c, EL_KIND_LLM, "glm-4-9b", NULL, false, NULL), EL_OK);
    assert_int_equal(
        add(c, EL_KIND_LLM, "phi-3-small-8k", "phi-3-small", false, NULL),
        EL_OK);
    assert_int_equal(add(c, EL_KIND_LLM, "mistral-7b-v0.3", NULL, false, NULL),
                     EL_OK);
    assert_int_equal(el_catalog_finish(c, NULL), EL_OK);
    assert_string_equal(llm_slug(c, "Llama3.1-8B"), "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "LLAMA 3.1 8B"), "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "meta-llama-meta-llama-3.1-8b"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "x/Llama-3.1-8B-Instruct-FP8-dynamic"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "/m/hub/Llama-3.1-8B-chat-hf/"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "models--meta-llama--Llama-3.1-8B"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "Llama-3.1-8B-Thinking-2507"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "Llama-3.1-8B-Instruct-1M"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "Llama-3.1-8B-Instruct-quantized.w4a16"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "llama3.1:8b-instruct-q8_0"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "x/Llama-3.1-8B-Instruct.IQ2_XXS"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "Llama-3.1-8B-Instruct-f16.gguf"),
                        "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "Llama-3.1-8B-20250115"), "llama-3.1-8b");
    assert_string_equal(llm_slug(c, "mistralai/Mistral-7B-Instruct-v0.3"),
                        "mistral-7b-v0.3");
    assert_string_equal(llm_slug(c, "Phi-3-small-128k-instruct"),
                        "phi-3-small-8k");
    /* never another size or version */
    assert_string_equal(llm_slug(c, "Llama-3.1-80B"), "-");
    assert_string_equal(llm_slug(c, "Llama-3.1-8"), "-");
    assert_string_equal(llm_slug(c, "glm-49b"), "-");
    assert_string_equal(llm_slug(c, "Llama-3.18B"), "-");
    assert_string_equal(llm_slug(c, "Mistral-7B-Instruct"), "-");
    assert_string_equal(llm_slug(c, "instruct"), "-");
    assert_string_equal(llm_slug(c, NULL), "-");
    el_catalog_free(c);
}

static void suggestions(void **state)
{
    el_catalog *c = gpus();
    const char *slug[EL_CATALOG_MAX_SUGGEST];
    const el_gpu *gpu = NULL;
    const el_llm *llm = NULL;
    el_error err;

    (void)state;
    assert_int_equal(el_catalog_suggest_gpu(c, "a100", slug), 4);
    assert_string_equal(slug[0], "a100-pcie-40gb");
    assert_string_equal(slug[3], "a100-sxm4-80gb");
    assert_int_equal(el_catalog_suggest_gpu(c, "h10", slug), 2);
    assert_int_equal(el_catalog_suggest_gpu(c, "NVIDIA h100-sxm4-80gb", slug),
                     3);
    assert_string_equal(slug[0], "a100-sxm4-80gb"); /* one edit, as the next */
    assert_string_equal(slug[1], "h100-sxm5-80gb");
    assert_string_equal(slug[2], "a100-sxm4-40gb");
    assert_int_equal(el_catalog_suggest_gpu(c, "t4", slug), 1);
    assert_string_equal(slug[0], "l4");
    assert_int_equal(el_catalog_suggest_gpu(c, "quantum", slug), 0);
    assert_int_equal(el_catalog_suggest_gpu(c, "", slug), 0);
    assert_int_equal(el_catalog_suggest_gpu(c, NULL, slug), 0);
    assert_int_equal(el_catalog_suggest_llm(c, "llama", slug), 0);

    assert_int_equal(el_catalog_need_gpu(c, "h10", &gpu, &err), EL_E_DATA);
    assert_null(gpu);
    assert_string_equal(err.message, "unknown GPU \"h10\": did you mean "
                                     "h100-pcie-80gb or h100-sxm5-80gb?");
    assert_int_equal(el_catalog_need_gpu(c, NULL, &gpu, &err), EL_E_DATA);
    assert_int_equal(el_catalog_need_llm(c, "x", &llm, &err), EL_E_DATA);
    assert_string_equal(err.message, "unknown model \"x\"");
    assert_int_equal(el_catalog_need_gpu(c, "L4", &gpu, NULL), EL_OK);
    assert_string_equal(gpu->slug, "l4");
    el_catalog_free(c);
}

static void distance(void **state)
{
    char longer[EL_CATALOG_MAX_NAME + 2];

    (void)state;
    assert_int_equal(el_key_distance("kitten", "sitting", 9), 3);
    assert_int_equal(el_key_distance("", "abc", 9), 3);
    assert_int_equal(el_key_distance("abc", "", 9), 3);
    assert_int_equal(el_key_distance("abc", "abc", 0), 0);
    assert_int_equal(el_key_distance("abc", "xyz", 1), 2);
    assert_int_equal(el_key_distance("abcdef", "a", 2), 3);
    assert_int_equal(el_key_distance("a", "abcdef", 2), 3);
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(el_key_distance(longer, longer, 3), 4);
    assert_int_equal(el_key_distance("x", longer, 3), 4);
}

/* The user's entry or alias wins; a built-in alias stays with its slug. */
static void user_wins(void **state)
{
    el_catalog *c = NULL;

    (void)state;
    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "a", "old-name", false, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "b", "taken", false, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "d", "was-mine", false, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "a", "new-name", true, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "c", "taken", true, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "d", NULL, true, NULL), EL_OK);
    assert_int_equal(add(c, EL_KIND_GPU, "e", "was-mine", true, NULL), EL_OK);
    assert_int_equal(el_catalog_finish(c, NULL), EL_OK);
    assert_int_equal(el_catalog_n_gpus(c), 5);
    assert_string_equal(gpu_slug(c, "old-name"), "a");
    assert_string_equal(gpu_slug(c, "new-name"), "a");
    assert_string_equal(gpu_slug(c, "taken"), "c");
    assert_string_equal(gpu_slug(c, "b"), "b");
    assert_string_equal(gpu_slug(c, "was-mine"), "e");
    assert_int_equal(el_catalog_gpu_entry(c, 0)->n_alias, 2);
    assert_string_equal(el_catalog_gpu_entry(c, 0)->path, "user.json");
    assert_string_equal(el_catalog_gpu_at(c, 1)->slug, "b");
    el_catalog_free(c);
}

static void clash(el_kind kind, bool user, const char *slug1,
                  const char *alias1, const char *slug2, const char *alias2,
                  const char *want)
{
    el_catalog *c = NULL;
    el_error err;

    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    assert_int_equal(add(c, kind, slug1, alias1, user, NULL), EL_OK);
    assert_int_equal(add(c, kind, slug2, alias2, user, NULL), EL_OK);
    assert_int_equal(el_catalog_finish(c, &err), EL_E_DATA);
    assert_string_equal(err.message, want);
    el_catalog_free(c);
}

static void clashes(void **state)
{
    (void)state;
    clash(EL_KIND_GPU, false, "a", "same", "b", "Same",
          "data/x.json: \"Same\" is already a name of a (data/x.json)");
    clash(EL_KIND_LLM, true, "a", "org/same", "b", "other/same",
          "user.json: \"other/same\" is already a name of a (user.json)");
    clash(EL_KIND_LLM, true, "a", "b", "b", NULL,
          "user.json: \"b\" is already a name of a (user.json)");
    clash(EL_KIND_GPU, true, "a", NULL, "a", NULL,
          "user.json: slug \"a\" is already that of user.json");
}

static el_status add_based(el_catalog *c, const char *slug, const char *base)
{
    el_item item;

    el_item_init(c, EL_KIND_LLM, &item);
    item.entry.slug = slug;
    item.entry.path = "t.json";
    item.as.llm.base = base;
    item.fact[0] = (el_fact){"layers", 7.0, "s", "confirmed", ""};
    return el_catalog_add(c, EL_KIND_LLM, &item, NULL);
}

static void bases(void **state)
{
    el_catalog *c = NULL;
    el_item item;
    el_error err;

    (void)state;
    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    el_item_init(c, EL_KIND_LLM, &item);
    item.entry.slug = "big";
    item.as.llm.family = "fam";
    item.as.llm.arch = EL_ARCH_MOE;
    item.fact[0] = (el_fact){"layers", 3.0, "s", "confirmed", ""};
    item.fact[1] = (el_fact){"hidden", 64.0, "s", "confirmed", ""};
    assert_int_equal(el_catalog_add(c, EL_KIND_LLM, &item, NULL), EL_OK);
    assert_int_equal(add_based(c, "tuned", "big"), EL_OK);
    assert_int_equal(el_catalog_finish(c, NULL), EL_OK);
    {
        const el_llm *llm = el_catalog_find_llm(c, "tuned");

        assert_non_null(llm);
        assert_close(llm->layers, 7, 0, 0);
        assert_close(llm->hidden, 64, 0, 0);
        assert_close(llm->experts, 0, 0, 0); /* a part it does not have */
        assert_false(el_is_known(llm->params));
        assert_string_equal(llm->family, "fam");
        assert_string_equal(llm->base, "big");
        assert_int_equal(llm->arch, EL_ARCH_MOE);
        assert_string_equal(el_catalog_llm_entry(c, 1)->fact[1].source, "s");
    }
    el_catalog_free(c);

    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    assert_int_equal(add_based(c, "tuned", "nowhere"), EL_OK);
    assert_int_equal(el_catalog_finish(c, &err), EL_E_DATA);
    assert_string_equal(err.message,
                        "t.json: base: no model has the slug \"nowhere\"");
    el_catalog_free(c);

    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    assert_int_equal(add_based(c, "tuned", "tuned"), EL_OK);
    assert_int_equal(el_catalog_finish(c, &err), EL_E_DATA);
    assert_string_equal(err.message,
                        "t.json: base: \"tuned\" has a base itself");
    el_catalog_free(c);
}

static void empty(void **state)
{
    el_catalog *c = NULL;

    (void)state;
    assert_int_equal(el_catalog_new(&c, NULL), EL_OK);
    assert_int_equal(el_catalog_finish(c, NULL), EL_OK);
    assert_int_equal(el_catalog_n_llms(c), 0);
    assert_null(el_catalog_find_gpu(c, "l4"));
    el_catalog_free(c);
    el_catalog_free(NULL);
    assert_string_equal(el_arch_text(EL_ARCH_HYBRID), "hybrid");
    assert_string_equal(el_arch_text((el_arch)99), "unknown");
}

static el_status build(el_catalog **out)
{
    el_catalog *c = NULL;
    el_status st = el_catalog_new(&c, NULL);

    for (int i = 0; i < 6 && st == EL_OK; i++) {
        const char slug[] = {(char)('a' + i % 5), '\0'};
        const char alias[] = {'n', (char)('a' + i), '\0'};

        st = add(c, EL_KIND_GPU, slug, alias, i == 5, NULL);
    }
    if (st == EL_OK)
        st = add(c, EL_KIND_LLM, "m", "o/m", false, NULL);
    if (st == EL_OK)
        st = el_catalog_finish(c, NULL);
    if (st == EL_OK)
        *out = c;
    else
        el_catalog_free(c);
    return st;
}

static void out_of_memory(void **state)
{
    el_status st;
    long k = 0;

    (void)state;
    do {
        el_catalog *c = NULL;

        el_mem_fail_at(k);
        st = build(&c);
        el_mem_fail_at(-1);
        assert_true(st == EL_OK || st == EL_E_NOMEM);
        assert_true(st == EL_OK ? c != NULL : c == NULL);
        el_catalog_free(c);
        assert_int_equal(el_mem_live(), 0);
    } while (st != EL_OK && ++k < 500);
    assert_int_equal(st, EL_OK);
    assert_true(k > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gpu_names),     cmocka_unit_test(llm_names),
        cmocka_unit_test(suggestions),   cmocka_unit_test(distance),
        cmocka_unit_test(user_wins),     cmocka_unit_test(clashes),
        cmocka_unit_test(bases),         cmocka_unit_test(empty),
        cmocka_unit_test(out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
