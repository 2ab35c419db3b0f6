/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fake.h"

#define MAX_HEAD 65536u
#define MAX_BODY (64ul << 20)

static const char *reason(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 302:
        return "Found";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 404:
        return "Not Found";
    case 429:
        return "Too Many Requests";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

void http_reply(conn *c, int status, const char *type, const char *header,
                const char *body)
{
    c->r.status = status;
    el_buf_printf(&c->out,
                  "HTTP/1.1 %d %s\r\nserver: fake\r\n"
                  "content-type: %s\r\n%scontent-length: %zu\r\n\r\n%s",
                  status, reason(status), type, header, strlen(body), body);
}

/* Lines of `head` were ended by NUL. Value of a header, or NULL. */
static const char *header(const char *head, const char *end, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = head; p < end; p += strlen(p) + 2)
        if (strncasecmp(p, name, len) == 0 && p[len] == ':') {
            p += len + 1;
            return p + strspn(p, " ");
        }
    return NULL;
}

static void split_lines(char *head, const char *end)
{
    for (char *p = head; p + 1 < end; p++)
        if (p[0] == '\r' && p[1] == '\n')
            p[0] = '\0';
}

static bool parse_line(char *line, http_request *h)
{
    char *path = strchr(line, ' ');
    char *version = path ? strchr(path + 1, ' ') : NULL;

    if (!version)
        return false;
    *path++ = *version++ = '\0';
    path[strcspn(path, "?")] = '\0';
    h->method = line;
    h->path = path;
    return strncmp(version, "HTTP/1.", 7) == 0;
}

static void handle(server *s, conn *c, char *head, char *body, size_t body_len)
{
    http_request h = {.body = body, .body_len = body_len};
    char *lines = head + strlen(head) + 2;
    const char *id = header(lines, body, "x-request-id");
    const char *key = header(lines, body, "authorization");
    const char *connection = header(lines, body, "connection");

    memset(&c->r, 0, sizeof c->r);
    c->r.recv_s = now_s();
    el_str_copy(c->r.id, sizeof c->r.id, id ? id : "");
    c->close_after = connection && strcasecmp(connection, "close") == 0;
    c->state = ANSWERING;
    h.key = key && strncasecmp(key, "Bearer ", 7) == 0 ? key + 7 : "";
    if (parse_line(head, &h)) {
        api_handle(s, c, &h);
        return;
    }
    c->close_after = true;
    http_reply(c, 400, "text/plain", "", "not HTTP");
}

static void drop(el_buf *b, size_t n)
{
    b->len -= n;
    memmove(b->text, b->text + n, b->len);
    b->text[b->len] = '\0';
}

/* In the head, which ends at `end`; 0: none. */
static size_t content_length(const char *head, const char *end)
{
    const char *p = head;

    while ((p = strstr(p, "\r\n")) != NULL && p < end) {
        p += 2;
        if (strncasecmp(p, "content-length:", 15) == 0)
            return strtoul(p + 15, NULL, 10);
    }
    return 0;
}

bool http_read(server *s, conn *c)
{
    char *end = c->in.len ? strstr(c->in.text, "\r\n\r\n") : NULL;
    size_t head_len, body_len;
    char *body, after;

    if (c->state != READING)
        return true; /* nobody pipelines here */
    if (!end)
        return c->in.len < MAX_HEAD;
    body = end + 4;
    head_len = (size_t)(body - c->in.text);
    body_len = content_length(c->in.text, end);
    if (body_len > MAX_BODY)
        return false;
    if (c->in.len < head_len + body_len)
        return true;
    split_lines(c->in.text, body);
    after = body[body_len];
    body[body_len] = '\0';
    handle(s, c, c->in.text, body, body_len);
    body[body_len] = after;
    drop(&c->in, head_len + body_len);
    return true;
}
