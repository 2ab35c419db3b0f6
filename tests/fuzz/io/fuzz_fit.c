/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever the bytes, reading ends with a status, one line of
 * message and nothing allocated; what is accepted prints, and the print reads
 * back to the same text.
 */

#include "el_fuzz_json.h"

#include "base/mem.h"
#include "io/fit_json.h"

static void print_twice(const el_fit_set *set)
{
    el_buf first = {0}, second = {0};
    el_fit_set again = {0};
    el_error err = {0};

    if (el_fit_set_print(set, NULL, &first, &err) == EL_OK) {
        require(el_fit_set_parse(first.text, first.len, "again", &again,
                                 &err) == EL_OK);
        require(el_fit_set_print(&again, NULL, &second, &err) == EL_OK);
        require(strcmp(el_buf_text(&first), el_buf_text(&second)) == 0);
        el_fit_set_clear(&again);
    }
    el_buf_clear(&second);
    el_buf_clear(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_fit_set set = {0};
    el_error err = {0};
    el_status st =
        el_fit_set_parse((const char *)data, size, "fuzz", &set, &err);

    if (st == EL_OK) {
        print_twice(&set);
        el_fit_set_clear(&set);
    } else {
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
    }
    require(el_mem_live() == 0);
    return 0;
}
