/* The page: embedded by embed.c at build time, or read from a folder while somebody works on it. */

#include "server_assets.h" /* made by embed.c: the table assets */

enum { ASSET_MOST = 1 << 20, ASSET_NAME_MOST = 64 };

/* The type of a name, NULL: it is none that is served. */
static const char *asset_type(const char *name) {
    static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
            {".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
            {".svg", "image/svg+xml"}, {".yaml", "application/yaml"}};
    const char *dot = strrchr(name, '.');
    size_t i;

    for (i = 0; dot && i < COUNT_OF(types); i++)
        if (strcmp(dot, types[i][0]) == 0) return types[i][1];
    return NULL;
}

/* A file of the folder that --assets names; only plain names, so that nothing outside is reached. */
static int asset_file(const options *opt, akolhook_str path, asset *found) {
    static unsigned char data[ASSET_MOST]; /* of the HTTP thread */
    char name[ASSET_NAME_MOST], file[1200];
    FILE *in;
    size_t i;

    copy_str(path.len > 1 ? akolhook_str_n(path.ptr + 1, path.len - 1) : akolhook_str_c("index.html"), name,
            sizeof name);
    for (i = 0; name[i]; i++)
        if (!is_alnum(name[i]) && name[i] != '-' && name[i] != '_' && (name[i] != '.' || i == 0)) return 0;
    found->type = asset_type(name);
    if (!found->type || snprintf(file, sizeof file, "%s/%s", opt->assets, name) >= (int)sizeof file) return 0;

    in = fopen(file, "rb");
    if (!in) return 0;
    found->len = fread(data, 1, sizeof data, in);
    found->data = data;
    found->etag = "";
    found->packed = NULL;
    (void)fclose(in);
    return 1;
}

static int asset_find(const options *opt, akolhook_str path, asset *found) {
    size_t i;

    if (opt->assets && asset_file(opt, path, found)) return 1;
    for (i = 0; i < COUNT_OF(assets); i++)
        if (akolhook_str_is(path, assets[i].path)) {
            *found = assets[i];
            return 1;
        }
    return 0;
}

/* Whether the header names this ETag, alone or in a list, weak or not, or *. */
static int asset_is_fresh(akolhook_str header, const char *etag) {
    size_t i, len = strlen(etag);

    if (!len) return 0;
    if (akolhook_str_is(header, "*")) return 1;
    for (i = 0; i + len <= header.len; i++)
        if (memcmp(header.ptr + i, etag, len) == 0) return 1;
    return 0;
}

/* Whether the client takes gzip: it is named, and not with q=0. */
static int asset_takes_gzip(request *r) {
    const char *accepted = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Accept-Encoding");
    const char *at = accepted ? strstr(accepted, "gzip") : NULL;
    size_t q;

    if (!at) return 0;
    at += strlen("gzip");
    at += strspn(at, " \t");
    if (*at != ';') return 1;
    q = strspn(at, "; \tq=0.");
    return at[q] != 0 && at[q] != ',';
}

static void asset_answer(request *r) {
    const asset *a = &r->asset;
    struct MHD_Response *response;
    char etag[80];
    int fresh, packed;

    /* a file that was read is in memory that others use, too */
    if (!*a->etag && !asset_find(&r->server->opt, akolhook_str_c(r->uri), &r->asset)) {
        fail(r, 404, "NOT_FOUND", "there is nothing here");
        return;
    }
    fresh = asset_is_fresh(r->if_none_match, a->etag);
    packed = a->packed && asset_takes_gzip(r);

    /* what is embedded lives for ever; what was read is copied */
    response = MHD_create_response_from_buffer(fresh    ? 0
                                               : packed ? a->packed_len
                                                        : a->len,
            (void *)(uintptr_t)(packed ? a->packed : a->data),
            *a->etag ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
    if (response) {
        answer_header(response, "Cache-Control", "no-cache");
        answer_header(response, "Vary", "Accept-Encoding");
        if (packed && !fresh) answer_header(response, "Content-Encoding", "gzip");
        /* two forms of one file: the tag is a weak one for the form that was made */
        (void)snprintf(etag, sizeof etag, "%s%s", packed ? "W/" : "", a->etag);
        if (*a->etag) answer_header(response, "ETag", etag);
    }
    answer_queue(r, fresh ? 304 : 200, fresh ? NULL : a->type, response);
}

static const route asset_route = {"GET", "asset", NULL, SCOPE_NONE, BODY_NONE, "", asset_answer};
