/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a fuzz target that reads JSON. Objects hash alike in every run: the same
 * seed then tries the same inputs. Defines a function: one include a program.
 */
#ifndef EL_FUZZ_JSON_H
#define EL_FUZZ_JSON_H
#include "el_fuzz.h"
#include "io/json.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    el_json_init();
    json_object_seed(1);
    return 0;
}

#endif
