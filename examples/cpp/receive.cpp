// A receiver in C++17: what akolhook.hpp makes of examples/receive.c.
// Build: c++ -std=c++17 -I. -Iexamples/cpp -o receive examples/cpp/receive.cpp
// It checks itself: exit status 0 when all went as its comments say.
#define AKOLHOOK_IMPLEMENTATION
#include "akolhook.hpp"

static akolhook::guard<1024> seen;  // remembers 1,024 messages
static akolhook::receiver receiver(seen);

// What a server does with a request; returns the HTTP code of its answer.
template <class Headers> int answer(const Headers &headers, std::string_view body) {
    auto event = receiver.receive(akolhook::incoming(headers), body);

    if (!event) return event.http();  // 401, 413 ...; 200 for a duplicate
    if (auto call = event.read(akolhook_call_parse))
        if (akolhook::equal(call->outcome, "voicemail")) return 500;  // rolled back
    event.commit();                                                   // from now on it is a duplicate
    return 200;
}

int main() {
    const std::pair<std::string, std::string> headers[] = {{"X-Webhook-Signature", "00"}};
    auto status = receiver.add_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    return status == AKOLHOOK_OK && answer(headers, "{}") == 401 ? 0 : 1;
}
