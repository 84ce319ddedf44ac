/* What size.sh measures, one PART at a time: everything that entry needs and nothing else. */
#define AKOLHOOK_STATIC
#define AKOLHOOK_SMALL
#define AKOLHOOK_RECEIVER_ONLY
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.h"

#if PART == 1
void entry(const void *data, size_t len, uint8_t digest[32]);
void entry(const void *data, size_t len, uint8_t digest[32]) {
    akolhook_sha256 h;
    akolhook_sha256_init(&h);
    akolhook_sha256_update(&h, data, len);
    akolhook_sha256_final(&h, digest);
}
#elif PART == 2
void entry(const void *secret, size_t secret_len, const void *data, size_t len, uint8_t mac[32]);
void entry(const void *secret, size_t secret_len, const void *data, size_t len, uint8_t mac[32]) {
    akolhook_key key;
    akolhook_hmac m;
    akolhook_key_init(&key, secret, secret_len);
    akolhook_hmac_init(&m, &key);
    akolhook_hmac_update(&m, data, len);
    akolhook_hmac_final(&m, mac);
}
#elif PART == 3
akolhook_status entry(const char *secret, const char *signature, const void *body, size_t body_len);
akolhook_status entry(const char *secret, const char *signature, const void *body, size_t body_len) {
    return akolhook_verify(secret, signature, body, body_len);
}
#elif PART == 4
akolhook_status entry(
        const char *secret, const char *signature, const void *body, size_t body_len, akolhook_message *msg);
akolhook_status entry(
        const char *secret, const char *signature, const void *body, size_t body_len, akolhook_message *msg) {
    akolhook_status status = akolhook_verify(secret, signature, body, body_len);
    return status == AKOLHOOK_OK ? akolhook_envelope_parse(body, body_len, msg, NULL) : status;
}
#elif PART == 5
akolhook_status entry(const char *json, size_t len, const char *path, int64_t *number);
akolhook_status entry(const char *json, size_t len, const char *path, int64_t *number) {
    akolhook_json root, found;
    akolhook_status status = akolhook_json_parse(akolhook_str_n(json, len), &root, NULL);
    if (status == AKOLHOOK_OK) status = akolhook_json_get(root, path, &found);
    return status == AKOLHOOK_OK ? akolhook_json_get_int64(found, number) : status;
}
#elif PART == 6
akolhook_status entry(char *buf, size_t cap, akolhook_str text, int32_t number, size_t *len);
akolhook_status entry(char *buf, size_t cap, akolhook_str text, int32_t number, size_t *len) {
    akolhook_json_writer w;
    akolhook_json_init(&w, buf, cap, 0);
    akolhook_json_object_begin(&w);
    akolhook_json_add_string(&w, "text", text);
    akolhook_json_key(&w, akolhook_str_n("numbers", 7));
    akolhook_json_array_begin(&w);
    akolhook_json_int64(&w, number);
    akolhook_json_array_end(&w);
    akolhook_json_object_end(&w);
    return akolhook_json_finish(&w, len);
}
#endif
