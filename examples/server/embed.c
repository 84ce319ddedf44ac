/* embed FILE...: writes the files as a table of C, to stdout: path, type, bytes, and the SHA-256 as the ETag;
   and the bytes under gzip, made by the command of that name. index.html is the path /. Modules and CSS are
   made shorter (shrink.h). embed --show FILE writes what one becomes. */
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "shrink.h"

enum { FILE_MOST = 1 << 20, ETAG_BYTES = 16 };

static const char *type_of(const char *name) {
    static const char *const types[][2] = {{".html", "text/html; charset=utf-8"},
            {".js", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
            {".svg", "image/svg+xml"}, {".yaml", "application/yaml"}};
    const char *dot = strrchr(name, '.');
    size_t i;

    for (i = 0; dot && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(dot, types[i][0]) == 0) return types[i][1];
    return NULL;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void write_bytes(const char *name, int number, const unsigned char *data, size_t len) {
    size_t i;

    printf("static const unsigned char %s_%d[] = {", name, number);
    for (i = 0; i < len; i++) printf("%s%u,", i % 24 ? "" : "\n", (unsigned)data[i]);
    printf("0};\n");
}

/* The file as it is served, in data, which has room for FILE_MOST bytes. Gives its length; 0 after it has
   said what is wrong. */
static size_t read_file(const char *path, unsigned char *data) {
    static char source[FILE_MOST];
    const char *type = type_of(base_name(path)), *why = "cannot be read, is too large or of no known type";
    FILE *in = fopen(path, "rb");
    size_t len = in ? fread(source, 1, sizeof source, in) : 0;

    if (in) (void)fclose(in);
    if (len == sizeof source || !type) len = 0;
    if (len && strstr(type, "javascript")) {
        why = "is no module that can be made shorter";
        len = shrink_script(source, len, (char *)data);
    } else if (len && strstr(type, "css")) {
        why = "is no CSS that can be made shorter";
        len = shrink_style(source, len, (char *)data);
    } else {
        memcpy(data, source, len);
    }
    if (!len) fprintf(stderr, "embed: %s %s\n", path, why);
    return len;
}

/* The bytes under gzip, without a name and time, so that the same give the same. Gives the length; 0: there
   is no gzip, or it makes nothing shorter. */
static size_t packed(const unsigned char *data, size_t len, unsigned char *out, size_t cap) {
    char path[] = "/tmp/akolhook_embed.XXXXXX", command[sizeof path + 16];
    int fd = mkstemp(path);
    FILE *in = NULL;
    size_t n = 0;

    if (fd < 0) return 0;
    (void)snprintf(command, sizeof command, "gzip -9nc <%s", path);
    if (write(fd, data, len) == (ssize_t)len) in = popen(command, "r");
    if (in) n = fread(out, 1, cap, in);
    if (!in || pclose(in) != 0 || n >= len) n = 0;
    (void)close(fd);
    (void)unlink(path);
    return n;
}

/* Writes the bytes, and the row of the table into row. */
static int embed(const char *path, int number, char *row, size_t cap) {
    static unsigned char data[FILE_MOST], short_data[FILE_MOST];
    const char *name = base_name(path);
    size_t len = read_file(path, data), short_len, i;
    akolhook_sha256 h;
    uint8_t digest[32];
    char hex[2 * ETAG_BYTES + 1] = "";

    if (!len) return 0;
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, data, len);
    akolhook_sha256_final(&h, digest);
    if (akolhook_hex_encode(digest, ETAG_BYTES, hex, sizeof hex, &i) != AKOLHOOK_OK) return 0;

    write_bytes("asset", number, data, len);
    short_len = packed(data, len, short_data, sizeof short_data);
    if (short_len) write_bytes("packed", number, short_data, short_len);
    i = (size_t)snprintf(row, cap, "    {\"/%s\", \"%s\", asset_%d, sizeof asset_%d - 1, \"\\\"%s\\\"\", ",
            strcmp(name, "index.html") == 0 ? "" : name, type_of(name), number, number, hex);
    if (short_len)
        snprintf(row + i, cap - i, "packed_%d, sizeof packed_%d - 1},\n", number, number);
    else
        snprintf(row + i, cap - i, "NULL, 0},\n");
    return 1;
}

static int show(const char *path) {
    static unsigned char data[FILE_MOST];
    size_t len = read_file(path, data);

    return len && fwrite(data, 1, len, stdout) == len && fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    char(*rows)[400] = (char(*)[400])calloc((size_t)argc, sizeof *rows);
    int i, ok = rows != NULL && argc > 1;

    if (argc == 3 && strcmp(argv[1], "--show") == 0) return show(argv[2]);
    for (i = 1; i < argc && ok; i++) ok = embed(argv[i], i, rows[i], sizeof rows[i]);
    printf("static const asset assets[] = {\n");
    for (i = 1; i < argc && ok; i++) fputs(rows[i], stdout);
    printf("};\n");
    free(rows);
    return fflush(stdout) == 0 && ok ? 0 : 1;
}
