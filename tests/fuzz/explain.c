/* What explain says of a request: the status is that of receive, no cause is named exactly where there is
   nothing to explain, and what it points at is there. */
#include "request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len) {
    static request r;
    akolhook_explanation e;
    akolhook_message msg;
    akolhook_status status;
    source s;

    if (len > 1024) return 0;
    s.p = data;
    s.end = data + len;
    request_make(&r, &s, 0);
    status = akolhook_receive(&r.receiver, &r.in, r.body.ptr, r.body.len, r.now, &msg);
    FUZZ_CHECK(akolhook_explain_receive(&r.receiver, akolhook_str_c(request_secrets[0]), &r.in, r.body.ptr,
                       r.body.len, r.now, &e) == AKOLHOOK_OK);
    if (r.secrets == 1) FUZZ_CHECK(e.status == status);
    FUZZ_CHECK((e.cause == AKOLHOOK_CAUSE_NONE) == (e.status == AKOLHOOK_OK));
    FUZZ_CHECK(e.text && e.text[0] && e.error_at <= r.body.len);
    FUZZ_CHECK(e.error_header == NULL || e.error_header[0]);

    /* any secret at all, for a receiver of one scheme */
    FUZZ_CHECK(akolhook_explain(akolhook_str_n(data, len % 64), 1 + (len & 1), &r.in, r.body.ptr, r.body.len,
                       r.now, &e) == AKOLHOOK_OK);
    FUZZ_CHECK((e.cause == AKOLHOOK_CAUSE_NONE) == (e.status == AKOLHOOK_OK));
    return 0;
}
