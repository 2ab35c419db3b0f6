/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fake.h"

static const char *const name[] = {
#define X(id, text) text,
    FAULT_LIST(X)
#undef X
};

const char *fault_name(fault_kind kind)
{
    return name[kind];
}

static bool find(const char *text, size_t len, fault_kind *out)
{
    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        if (strlen(name[i]) == len && memcmp(name[i], text, len) == 0) {
            *out = (fault_kind)i;
            return true;
        }
    return false;
}

bool fault_parse(const char *text, fault *out)
{
    size_t len = strcspn(text, "=@");
    const char *at = text + len;
    char *end;

    *out = (fault){.n = 0, .every = 1};
    if (!find(text, len, &out->kind))
        return false;
    if (*at == '=') {
        out->n = strtod(at + 1, &end);
        at = end;
    }
    if (*at == '@') {
        out->every = strtoul(at + 1, &end, 10);
        at = end;
    }
    if (*at == '+') {
        out->skip = strtoul(at + 1, &end, 10);
        at = end;
    }
    return *at == '\0' && out->every > 0;
}

/* Requests count from 1; the first fault that fits is taken. */
fault fault_of(const options *o, unsigned long index)
{
    for (size_t i = 0; i < o->n_fault; i++) {
        const fault *f = &o->fault[i];

        if (index > f->skip && (index - f->skip) % f->every == 0)
            return *f;
    }
    return (fault){.kind = FAULT_NONE};
}
