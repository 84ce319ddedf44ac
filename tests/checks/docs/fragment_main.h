/* Calls the fragment as a server would: one good request, with the header that it asks for. It returns 0 when it went through,
   and what it handled is then a duplicate. */
int main(void) {
    static const char body[] = "{\"event\":\"call.ended\",\"timestamp\":\"2026-01-01T00:00:00.000Z\","
                               "\"businessId\":\"biz_1\",\"webhookId\":\"whk_1\",\"data\":{}}";
    static const char name[] = "X-Webhook-Signature", value[] = "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
    static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    static akolhook_guard_entry entries[4];
    const int64_t now = 1767225600;         /* 2026-01-01T00:00:00Z */
    akolhook_receiver receiver = AKOLHOOK_INIT;
    akolhook_guard guard = AKOLHOOK_INIT;
    akolhook_incoming in = AKOLHOOK_INIT;
    akolhook_message msg = AKOLHOOK_INIT;
    akolhook_verifier v = AKOLHOOK_INIT;
    akolhook_envelope envelope = AKOLHOOK_INIT;
    char buf[64];
    int turn, result[2];
    guard.entries = entries;
    guard.count = 4;
    receiver.guard = &guard;
    if (akolhook_receiver_add_secret(&receiver, secret) != AKOLHOOK_OK) return 2;
    for (turn = 0; turn < 2; turn++)
        result[turn] = fragment(receiver, guard, in, msg, v, secret, value, body, sizeof body - 1, name, sizeof name - 1, value,
                                sizeof value - 1, now, now, buf, sizeof buf, envelope);
    return result[0] == 0 && result[1] == 200 ? 0 : 3;
}
