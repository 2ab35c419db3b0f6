/* SPDX-License-Identifier: Apache-2.0 */
/* What a launch line calls a model: what engines accept after "serve". */
#include "el_catalog_sample.h"

#include "app/hub_id.h"

static void names(void **state)
{
    static const struct {
        const char *given, *want;
    } known[] = {
        {"llama-2-13b", "meta-llama/Llama-2-13b-hf"},
        {"org/fine-tune", "org/fine-tune"},
        {"never heard of", "never heard of"},
        {"./config.json", "."},
        {"config.json", "."},
        {"/config.json", "/"},
        {"/models/qwen3-8b/config.json", "/models/qwen3-8b"},
        {"saved/Qwen3-8B.json", "Qwen3-8B"},
        {"saved/Qwen__Qwen3-8B.json", "Qwen/Qwen3-8B"},
    };
    char id[64];

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        el_hub_id(catalog, known[i].given, id, sizeof id);
        assert_string_equal(id, known[i].want);
    }
}

static void short_room(void **state)
{
    char id[6];

    (void)state;
    el_hub_id(catalog, "/models/qwen3-8b/config.json", id, sizeof id);
    assert_string_equal(id, "/mode");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(short_room),
    };

    return cmocka_run_group_tests(tests, el_catalog_setup, el_catalog_teardown);
}
