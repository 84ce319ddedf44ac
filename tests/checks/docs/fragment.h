/* What fragments of the documentation may use without declaring it: each is compiled as the inside of this function. */
static int fragment(akolhook_receiver receiver, akolhook_guard guard, akolhook_incoming in, akolhook_message msg, akolhook_verifier v,
                    const char *secret, const char *signature_header, const char *body, size_t body_len, const char *name, size_t name_len,
                    const char *value, size_t value_len, int64_t now, int64_t now_unix, char *buf, size_t cap, akolhook_envelope envelope) {
    akolhook_status st = AKOLHOOK_OK;
    size_t len = 0;
