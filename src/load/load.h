/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load on an OpenAI-compatible server: streamed requests of exact lengths,
 * each timed. Layer: load.
 *
 * One thread, one connection a stream, libcurl at run time. All times are
 * seconds of CLOCK_MONOTONIC (el_clock_s()), so that requests and power samples
 * share an axis. What is not known is NaN, never 0.
 *
 *   el_load_open(&target, &task, &load, &err);     which server and model
 *   el_load_run(load, &warm_up, &task, &total, &err);
 *   el_load_run(load, &work, &task, &total, &err); connections are kept
 *   el_load_close(load);
 */
#ifndef EL_LOAD_LOAD_H
#define EL_LOAD_LOAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "energylens/error.h"
#include "energylens/task.h"
#include "energylens/text.h"

#define EL_LOAD_MAX_STREAMS 65536u
#define EL_LOAD_MAX_TOKENS  4000000u /* of one prompt or answer */

typedef enum el_load_api {
    EL_LOAD_COMPLETIONS, /* /v1/completions */
    EL_LOAD_CHAT         /* /v1/chat/completions */
} el_load_api;

/* Decides how a length is enforced: name for options, "owned_by" of the
   server's own /v1/models. */
#define EL_LOAD_ENGINE_LIST(X)                                                 \
    X(EL_LOAD_AUTO, "auto", NULL) /* by owned_by, else openai */               \
    X(EL_LOAD_OPENAI, "openai",                                                \
      NULL) /* max_tokens only: answers may be short */                        \
    X(EL_LOAD_VLLM, "vllm", "vllm") /* ignore_eos, min_tokens */               \
    X(EL_LOAD_SGLANG, "sglang", "sglang")                                      \
    X(EL_LOAD_TRTLLM, "tensorrt-llm", "tensorrt_llm")                          \
    X(EL_LOAD_LLAMACPP, "llama.cpp", "llamacpp") /* ignore_eos, n_predict */

typedef enum el_load_engine {
#define X(name, text, owner) name,
    EL_LOAD_ENGINE_LIST(X)
#undef X
} el_load_engine;

const char *el_load_engine_name(el_load_engine engine);

/*
 * Token ids: exact, random, no prompt shares a prefix with another one, so a
 * prefix cache has nothing to give. Text: words that this server's tokenizer
 * takes as one token each, found by probes when the client is opened.
 */
typedef enum el_load_prompt {
    EL_LOAD_PROMPT_AUTO, /* ids with completions on a known engine, else text */
    EL_LOAD_PROMPT_IDS,  /* completions only */
    EL_LOAD_PROMPT_TEXT
} el_load_prompt;

/* Whom to ask, and how. {0} but for url is usable; text is copied. */
typedef struct el_load_target {
    const char *url;        /* http(s)://host[:port][/path], with or without
                               /v1; no user:password@ */
    const char *model;      /* NULL: the server's only one */
    const char *api_key;    /* NULL: none; see el_load_key() */
    const char *ca_file;    /* PEM; NULL: the system's; always verified */
    const char *extra_json; /* members for each request, "\"top_k\":1"; NULL */
    el_load_engine engine;
    el_load_api api;
    el_load_prompt prompt;
    uint32_t vocabulary;       /* ids drawn lie in [first_id, vocabulary); */
    uint32_t first_id;         /* 0 and 0: [1000, 20000) */
    double connect_timeout_s;  /* 0: 10 */
    double first_timeout_s;    /* sent until first token; 0: 600 */
    double gap_timeout_s;      /* between tokens: a hang; 0: 60 */
    double timeout_s;          /* the whole request; 0: none */
    unsigned retries;          /* of a request that was not begun; 0: none */
    double backoff_s;          /* before retry k: backoff * 2^(k-1), <= 60;
                                  longer where Retry-After says so; 0: 0.5 */
    const char *const *header; /* "Name: value", n_header of them */
    size_t n_header;
} el_load_target;

/* What became of an attempt; names are stable, stores keep them. Those that
   may be tried again did not cost the server any work on tokens. */
#define EL_LOAD_OUTCOME_LIST(X) /* name, text, may be tried again */           \
    X(EL_LOAD_OK, "ok", 0)                                                     \
    X(EL_LOAD_SHORT, "short_answer", 0)      /* fewer tokens than asked */     \
    X(EL_LOAD_LONG, "long_answer", 0)        /* more tokens than asked */      \
    X(EL_LOAD_ENDLESS, "endless", 0)         /* far more, cut off by us */     \
    X(EL_LOAD_NO_USAGE, "no_usage", 0)       /* complete, but never counted */ \
    X(EL_LOAD_PROMPT_OFF, "prompt_count", 0) /* prompt counted otherwise */    \
    X(EL_LOAD_BAD_USAGE, "bad_usage", 0)     /* a count that cannot be true */ \
    X(EL_LOAD_MALFORMED, "malformed", 0) /* not SSE, not JSON, no such keys */ \
    X(EL_LOAD_TRUNCATED, "truncated", 0) /* ended before [DONE] */             \
    X(EL_LOAD_WRONG_TYPE, "wrong_type", 0)   /* not text/event-stream */       \
    X(EL_LOAD_ERROR_EVENT, "error_event", 0) /* error inside the stream */     \
    X(EL_LOAD_HTTP, "http_error", 1)         /* see http_status */             \
    X(EL_LOAD_REDIRECT, "redirect", 0)       /* never followed */              \
    X(EL_LOAD_NO_CONNECTION, "no_connection", 1)                               \
    X(EL_LOAD_TLS, "tls", 0)                                                   \
    X(EL_LOAD_DROPPED, "dropped", 1) /* again only before the first token */   \
    X(EL_LOAD_NO_FIRST, "timeout_first", 0)                                    \
    X(EL_LOAD_HANG, "timeout_gap", 0)                                          \
    X(EL_LOAD_TIMEOUT, "timeout", 0)                                           \
    X(EL_LOAD_STOPPED, "stopped", 0) /* cancelled by us, in flight */

typedef enum el_load_outcome {
#define X(name, text, again) name,
    EL_LOAD_OUTCOME_LIST(X)
#undef X
        EL_LOAD_N_OUTCOME
} el_load_outcome;

const char *el_load_outcome_name(el_load_outcome outcome);
/* All tokens came, if perhaps not as many as were asked for. */
bool el_load_outcome_is_answered(el_load_outcome outcome);

/* One attempt, finished. Pointers are borrowed for the callback. */
typedef struct el_load_request {
    size_t index;     /* of the request, from 0 in the order of due times */
    unsigned attempt; /* from 1 */
    bool again;       /* another attempt follows */
    el_load_outcome outcome;
    long http_status; /* 0: no answer */
    char detail[160]; /* one line, for people; "" when ok; no secrets */
    size_t stream;    /* which of the concurrent ones carried it */
    bool new_connection;
    size_t input_tokens, output_tokens;      /* asked for */
    double prompt_tokens, completion_tokens; /* as the server counts; NaN */
    double cached_tokens; /* of the prompt, from a prefix cache; NaN untold */
    double due_s;         /* the arrival process wanted it; closed: = start_s */
    double start_s;       /* handed to libcurl */
    double sent_s;        /* connected, bytes go out; NaN: never */
    double first_s;       /* first token was there to be read; NaN: none */
    double last_s;        /* last token; NaN: none */
    double end_s;         /* all over */
    size_t n_chunk;       /* events with tokens; may carry several each */
    const uint32_t *chunk_us; /* n_chunk times after sent_s, if keep_chunks */
    double gap_mean_s, gap_sd_s, gap_min_s, gap_max_s; /* between chunks; NaN */
} el_load_request;

double el_load_ttft_s(const el_load_request *r); /* first_s - sent_s; NaN */
/* (last_s - first_s) / (completion_tokens - 1); NaN for one token. */
double el_load_tpot_s(const el_load_request *r);

typedef struct el_load_shape {
    uint32_t input_tokens, output_tokens; /* >= 1 */
} el_load_shape;

typedef enum el_load_arrival {
    EL_LOAD_CLOSED,  /* `streams` at all times, one ends, the next begins */
    EL_LOAD_POISSON, /* rate_hz, exponential gaps from the seed */
    EL_LOAD_TRACE    /* arrival_s[], seconds after the start, ascending */
} el_load_arrival;

/* Where a run stands; also what `tick` gets, about four times a second. */
typedef struct el_load_now {
    double time_s;    /* now */
    size_t n_started; /* requests, not attempts */
    size_t n_done;    /* of them ended for good */
    size_t n_ok;
    size_t n_in_flight; /* sent, not ended */
    size_t n_decoding;  /* of them with a first token */
    uint64_t n_chunk;   /* events with tokens so far */
} el_load_now;

/* What to ask. Request i has shape[i % n_shape]. */
typedef struct el_load_work {
    const el_load_shape *shape;
    size_t n_shape;
    el_load_arrival arrival;
    size_t streams;          /* closed: concurrency; else the most in flight
                                (0: EL_LOAD_MAX_STREAMS) */
    double rate_hz;          /* Poisson */
    const double *arrival_s; /* trace */
    size_t n_arrival;
    size_t n_request;  /* begin no more than these; 0: no limit (trace: all) */
    double duration_s; /* begin none later; 0: no limit */
    bool drain;        /* duration over, or told to begin no more: requests in
                          flight still end; else they are EL_LOAD_STOPPED */
    size_t max_failures; /* in a row, then EL_E_DEVICE; 0: max(20, streams) */
    bool keep_chunks;    /* fill chunk_us */
    uint64_t seed;       /* of prompts and arrivals; each run of a client draws
                            others from it, or a prefix cache knew them */
    /* After each attempt; false: begin no more. */
    bool (*done)(const el_load_request *request, void *ctx);
    /* false: begin no more. */
    bool (*tick)(const el_load_now *now, void *ctx);
    void *ctx;
} el_load_work;

typedef struct el_load_total {
    size_t n_request;                    /* begun */
    size_t n_attempt;                    /* of them, with retries */
    size_t n_outcome[EL_LOAD_N_OUTCOME]; /* of attempts */
    uint64_t n_chunk;
    size_t peak_in_flight;
    double start_s, end_s;
    double cpu_s;      /* of this thread */
    double lag_max_s;  /* from a stamp of readiness until it was acted on: no
                          time of a token is further off than this */
    double late_max_s; /* start_s - due_s: the client, or `streams` too few */
} el_load_total;

/* What the server said of itself. */
typedef struct el_load_server {
    const char *model; /* asked for in each request; borrowed */
    const char *owner; /* owned_by; "" untold */
    el_load_engine engine;
    el_load_prompt prompt; /* never AUTO */
} el_load_server;

typedef struct el_load el_load;

/*
 * Asks /v1/models and, where prompts are text, calibrates them. The same words
 * in every run of a client; another order in every request.
 * EL_E_ARG: a bad URL or member. EL_E_DEVICE: no libcurl ($EL_CURL_PATH), no
 * such model, or several and none named; the server is not there or refuses;
 * EL_E_DATA: its answer makes no sense, or no words of one token were found;
 * EL_E_CANCELLED; EL_E_NOMEM. *out on EL_OK only.
 */
EL_NODISCARD el_status el_load_open(const el_load_target *target,
                                    const el_task *task, el_load **out,
                                    el_error *err);
void el_load_close(el_load *load); /* NULL is fine */
el_load_server el_load_server_of(const el_load *load);

/*
 * Raises the process's soft limit on open files where `streams` needs it.
 * EL_OK also where requests failed: *total says which way; EL_E_DEVICE: too
 * many of them in a row, or the first was refused for good (401, 403, 404).
 * EL_E_ARG: a member out of range; EL_E_CANCELLED: task said so, requests in
 * flight were ended and reported; EL_E_NOMEM. *total is written in any case
 * but EL_E_ARG.
 */
EL_NODISCARD el_status el_load_run(el_load *load, const el_load_work *work,
                                   const el_task *task, el_load_total *total,
                                   el_error *err);

/*
 * A key from "env:NAME" or "file:PATH" (its first line), for el_load_target.
 * EL_E_ARG: neither of these forms, not printable ASCII; EL_E_IO: not there.
 * The message never has a part of the key. el_load_key_clear() wipes it.
 */
EL_NODISCARD el_status el_load_key(const char *from, el_buf *key,
                                   el_error *err);
void el_load_key_clear(el_buf *key);

#endif
