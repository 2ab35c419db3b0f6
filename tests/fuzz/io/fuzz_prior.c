/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contract: whatever the bytes, reading ends with a status, one line of message
 * and nothing allocated; what is accepted prints, and the print reads back to
 * as many lessons and the same text.
 */
#include "el_fuzz_json.h"

#include "base/mem.h"
#include "io/prior_json.h"

static void print_twice(const el_lessons *lessons)
{
    el_lessons again = {.n = 0};
    el_buf first = {0}, second = {0};
    el_error err = {0};

    require(el_lessons_print(lessons, &first, &err) == EL_OK);
    require(el_lessons_parse(first.text, first.len, "again", &again, &err) ==
            EL_OK);
    require(again.n == lessons->n);
    require(el_lessons_print(&again, &second, &err) == EL_OK);
    require(first.len == second.len);
    el_lessons_clear(&again);
    el_buf_clear(&second);
    el_buf_clear(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    el_lessons lessons = {.n = 0};
    el_error err = {0};
    el_status st =
        el_lessons_parse((const char *)data, size, "fuzz", &lessons, &err);

    if (st != EL_OK)
        require(err.message[0] != '\0' && !strchr(err.message, '\n'));
    else if (lessons.n > 0)
        print_twice(&lessons);
    el_lessons_clear(&lessons);
    require(el_mem_live() == 0);
    return 0;
}
