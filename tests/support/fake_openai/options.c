/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_openai [OPTION VALUE]...: prints its URL, serves until SIGTERM.
 *
 *   --port 0                 0: any that is free
 *   --engine vllm            or sglang, tensorrt-llm, llama.cpp, openai
 *   --model fake-model  --owner TEXT (of /v1/models)  --api-key KEY
 *   --models JSON            in place of the list of one model
 *   --ttft 0.005             seconds from the request to its first token,
 *   --prefill-rate 0         and tokens of the prompt a second (0: no wait)
 *   --itl 0.001              seconds between tokens,
 *   --itl-per-stream 0       and for each running stream
 *   --step                   tokens of all streams at the same instants
 *   --max-concurrent 0       streams that run, others wait (0: all run)
 *   --load-time 0            seconds of "Loading model" (503) at first
 *   --vocabulary 32000  --context 131072
 *   --letters 7              of a text's token
 *   --merge 1                tokens an event
 *   --split 0                most bytes a send()
 *   --eos 3                  tokens of an answer that may end; 0: to the limit
 *   --fault KIND[=N]@EVERY[+SKIP]   see fake.h; repeated: the first that fits
 *   --log FILE               a line of JSON for each request, with its times
 *   --with-parent            ends when the parent does
 *
 * All times are CLOCK_MONOTONIC, those of the log too.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "fake.h"

static bool take_number(const char *name, const char *value, options *o)
{
    const struct {
        const char *name;
        double *d;
        long *l;
    } number[] = {
        {"--ttft", &o->ttft_s, NULL},
        {"--prefill-rate", &o->prefill_tok_s, NULL},
        {"--itl", &o->itl_s, NULL},
        {"--itl-per-stream", &o->itl_per_stream_s, NULL},
        {"--load-time", &o->load_s, NULL},
        {"--port", NULL, &o->port},
        {"--max-concurrent", NULL, &o->concurrent},
        {"--vocabulary", NULL, &o->vocabulary},
        {"--context", NULL, &o->context},
        {"--letters", NULL, &o->letters},
        {"--merge", NULL, &o->merge},
        {"--split", NULL, &o->split},
        {"--eos", NULL, &o->eos},
    };

    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        char *end;

        if (strcmp(name, number[i].name) != 0)
            continue;
        if (number[i].d)
            *number[i].d = strtod(value, &end);
        else
            *number[i].l = strtol(value, &end, 10);
        return end != value && *end == '\0';
    }
    return false;
}

static bool take_text(const char *name, const char *value, options *o)
{
    const struct {
        const char *name;
        const char **text;
    } text[] = {{"--engine", &o->engine}, {"--model", &o->model},
                {"--owner", &o->owner},   {"--api-key", &o->api_key},
                {"--log", &o->log},       {"--models", &o->models}};

    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        if (strcmp(name, text[i].name) == 0) {
            *text[i].text = value;
            return true;
        }
    return false;
}

int options_read(int argc, char **argv, options *o)
{
    *o = (options){.engine = "vllm",
                   .model = "fake-model",
                   .ttft_s = 0.005,
                   .itl_s = 0.001,
                   .vocabulary = 32000,
                   .context = 131072,
                   .letters = 7,
                   .eos = 3};
    for (int i = 1; i < argc; i++) {
        const char *value = argv[i + 1]; /* argv[argc] is NULL */

        if (strcmp(argv[i], "--step") == 0) {
            o->step = true;
            continue;
        }
        if (strcmp(argv[i], "--with-parent") == 0) {
            (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
            continue;
        }
        if (!value)
            return i;
        if (strcmp(argv[i], "--fault") == 0) {
            if (o->n_fault == MAX_FAULTS ||
                !fault_parse(value, &o->fault[o->n_fault++]))
                return i;
        } else if (!take_text(argv[i], value, o) &&
                   !take_number(argv[i], value, o)) {
            return i;
        }
        i++;
    }
    if (!o->owner && strcmp(o->engine, "llama.cpp") == 0)
        o->owner = "llamacpp";
    else if (!o->owner && strcmp(o->engine, "tensorrt-llm") == 0)
        o->owner = "tensorrt_llm";
    else if (!o->owner)
        o->owner = o->engine;
    return 0;
}
