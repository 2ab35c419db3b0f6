/* SPDX-License-Identifier: Apache-2.0 */
/* What is read, printed and read again is equal, and prints alike. */
#include "el_fuzz_json.h"

#include <math.h>

#include "base/mem.h"

static void check_access(const json_t *doc)
{
    static const char *const known[] = {"schema", "version", NULL};
    const char *text = NULL;
    double number = -42;
    int version = -42;

    if (el_json_check_schema(doc, "f", "s", 2, &version, NULL) == EL_OK)
        require(version == 1 || version == 2);
    else
        require(version == -42);
    if (el_json_get_number(doc, "f:", "version", &number, NULL) != EL_OK)
        require(number == -42);
    if (el_json_get_string(doc, "f:", "schema", &text, NULL) != EL_OK)
        require(!text);
    if (el_json_only_keys(doc, "f:", known, NULL) == EL_OK)
        require(json_object_size(doc) <= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *doc = NULL, *again = NULL;
    el_buf first = {0}, second = {0};
    el_error err = {0};

    if (el_json_parse((const char *)data, size, "f", &doc, &err) != EL_OK) {
        require(!doc && err.status == EL_E_DATA);
        require(strncmp(err.message, "f:", 2) == 0);
        require(!strchr(err.message, '\n'));
        return 0;
    }
    check_access(doc);
    require(el_json_print(doc, &first, NULL) == EL_OK);
    require(el_json_parse(first.text, first.len, "f", &again, NULL) == EL_OK);
    require(json_equal(doc, again));
    require(el_json_print(again, &second, NULL) == EL_OK);
    require(strcmp(first.text, second.text) == 0);
    el_buf_clear(&second);
    el_buf_clear(&first);
    json_decref(again);
    json_decref(doc);
    require(el_mem_live() == 0);
    return 0;
}
