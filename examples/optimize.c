/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that costs least within the limits, as JSON: any verb of
 * the command line runs in a program like this.
 */
#include <energylens/verb.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    const char *const word[] = {
        "optimize", "--fit",      argc > 1 ? argv[1] : "",
        "--model",  "llama-3-8b", "--gpus",
        "4",        "--isl",      "1000",
        "--osl",    "250",        "--request-rate",
        "4",        "--tpot",     "80ms",
        "--json"};
    el_buf json = {0};
    el_error err;
    int code;

    if (argc != 2) {
        (void)fprintf(stderr, "usage: optimize FIT.json\n");
        return 2;
    }
    if (el_verb_run(word, sizeof word / sizeof *word, NULL, &json, &code,
                    &err) != EL_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        return el_exit_code(err.status);
    }
    (void)fputs(el_buf_text(&json), stdout);
    el_buf_clear(&json);
    return code; /* 1: no configuration keeps the limits */
}
