/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A config is refused in one line with nothing written, or gives a network
 * whose counts are finite and count the same again. The text may be followed
 * by a NUL and an hf_quant_config.
 */
#include "el_fuzz_json.h"

#include <math.h>

#include "base/mem.h"
#include "io/hf_config.h"

static bool sound(double value)
{
    return isfinite(value) && value >= 0;
}

static void check(const el_arch_desc *a)
{
    el_arch_desc again = *a;

    require(a->n_block > 0 && el_arch_layers(a) >= 1);
    require(sound(a->params) && sound(a->weight_bytes));
    require(sound(a->kv_bytes_per_token) && sound(a->state_bytes));
    require(a->body_params <= a->active_params);
    require(sound(a->vision.params) && sound(a->vision.tokens_per_image));
    require(sound(el_arch_kv_bytes(a, 4096)));
    require(!a->generic || a->note[0]);
    require(el_arch_count(&again, NULL) == EL_OK);
    require(again.params == a->params);
    require(el_arch_quantise(&again, "fp8", "fp8", NULL) == EL_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
    size_t n = nul ? (size_t)(nul - text) : size;
    el_arch_desc a = {.hidden = -42};
    el_error err = {0};
    el_status st;

    st = el_hf_config_parse(text, n, "f", nul ? nul + 1 : NULL,
                            nul ? size - n - 1 : 0, &a, &err);
    if (st == EL_OK) {
        check(&a);
    } else {
        require(st == EL_E_DATA && a.hidden == -42.0);
        require(err.message[0] && !strchr(err.message, '\n'));
    }
    require(el_mem_live() == 0);
    return 0;
}
