/* SPDX-License-Identifier: Apache-2.0 */
/* Every model of the catalogue is lowered, and counts as published. */
#include <string.h>

#include "base/mem.h"
#include "el_test.h"
#include "energylens/graph.h"
#include "io/arch_text.h"
#include "io/catalog_json.h"
#include "io/json.h"

static el_catalog *built_in(void)
{
    el_catalog *c = NULL;
    el_error err = {0};

    if (el_catalog_load(NULL, &c, &err) != EL_OK)
        fail_msg("%s", err.message);
    return c;
}

static void lower(const el_llm *llm)
{
    static const el_shard whole = {.tp = 1, .pp = 1, .ep = 1, .cp = 1};
    el_arch_desc arch;
    el_buf text = {0};
    el_graph *graph = NULL;
    el_plan *plan = NULL;
    el_error err = {0};

    if (el_arch_from_llm(llm, &arch, &err) != EL_OK ||
        el_arch_describe(&arch, &text, &err) != EL_OK ||
        el_graph_parse(text.text, text.len, llm->slug, &graph, &err) != EL_OK ||
        el_plan_make(graph, &arch, &whole, &plan, &err) != EL_OK)
        fail_msg("%s: %s", llm->slug, err.message);
    if (fabs(el_plan_weight_bytes(plan) / arch.weight_bytes - 1) > 0.005)
        fail_msg("%s: %g of %g bytes", llm->slug, el_plan_weight_bytes(plan),
                 arch.weight_bytes);
    el_plan_free(plan);
    el_graph_free(graph);
    el_buf_clear(&text);
}

static void every_model_lowers(void **state)
{
    el_catalog *c = built_in();

    (void)state;
    for (size_t i = 0; i < el_catalog_n_llms(c); i++)
        lower(el_catalog_llm_at(c, i));
    el_catalog_free(c);
    assert_int_equal(el_mem_live(), 0);
}

/* Sizes of the scan are given, so the count is no guess. */
static void state_spaces_are_known(void **state)
{
    static const struct {
        const char *slug;
        double layers, inner, state;
    } model[] = {{"nemotron-nano-9b-v2", 27, 10240, 128},
                 {"nemotron-nano-12b-v2", 28, 10240, 128},
                 {"nemotron-3-nano-30b-a3b", 23, 4096, 128},
                 {"nemotron-h-56b", 54, 16384, 256}};
    el_catalog *c = built_in();

    (void)state;
    for (size_t i = 0; i < sizeof model / sizeof *model; i++) {
        const el_llm *llm = el_catalog_find_llm(c, model[i].slug);
        double conv = model[i].inner + 16 * model[i].state; /* 8 groups */
        el_arch_desc a;

        assert_non_null(llm);
        assert_int_equal(el_arch_from_llm(llm, &a, NULL), EL_OK);
        assert_false(a.generic);
        assert_close(a.params, llm->params, 0.01, 0);
        assert_close(a.state_bytes,
                     model[i].layers *
                         (model[i].inner * model[i].state * 4 + conv * 4 * 2),
                     1e-12, 0);
    }
    el_catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_model_lowers),
        cmocka_unit_test(state_spaces_are_known),
    };

    el_json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
