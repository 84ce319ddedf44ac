// akolhook.hpp from outside: views, commits and rollbacks by scope, what cannot be copied. Run by
// tests/checks/cpp.sh, which also has what must not compile. The core is in the same file, or in a C file
// with TEST_LINKED.
#ifndef TEST_LINKED
#define AKOLHOOK_IMPLEMENTATION
#endif
#include "akolhook.hpp"

#include <atomic>
#include <cstdio>
#include <map>
#include <thread>
#include <vector>

static int passed, failed;
static void check(bool good, int line) {
    good ? passed++ : failed++;
    if (!good) std::printf("FAIL test_cpp.cpp:%d\n", line);
}
#define CHECK(condition) check(condition, __LINE__)

// The vector: its MAC by Python, hmac.new(secret, body, "sha256").hexdigest()
static constexpr std::string_view secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static constexpr std::string_view plain = R"({"event":"call.ended","timestamp":"2026-01-01T00:00:00.000Z",)"
                                          R"("businessId":"biz_1","webhookId":"whk_1","data":{}})";
static constexpr std::string_view plain_mac =
        "121bacab5e9a9739208ad42ba0f50d61918724498fe65075f8137df15519bd89";
static constexpr std::int64_t now = 1767225600;  // 2026-01-01T00:00:00Z

using headers = std::map<std::string, std::string>;

// Signs as a sender does.
static headers sign(std::string_view body) {
    akolhook_key key{};
    char mac[AKOLHOOK_AKOL_SIGNATURE_SIZE] = "";

    CHECK(akolhook_secret_key(akolhook::str(secret), AKOLHOOK_SCHEME_AKOL, &key) == AKOLHOOK_OK);
    CHECK(akolhook_sign_akol(&key, body.data(), body.size(), mac) == AKOLHOOK_OK);
    return {{"x-webhook-signature", mac}, {"Content-Type", "application/json"}};
}

static std::string envelope(const char *event, const char *data) {
    return std::string(R"({"event":")") + event +
           R"(","timestamp":"2026-01-01T00:00:00.000Z","businessId":"b","webhookId":"w","data":)" + data +
           "}";
}

static void test_views() {
    const akolhook_text escaped = {akolhook::str(R"(a\u00e9\n\"b)"), 1};
    std::string room = "before";

    CHECK(akolhook::view(akolhook_str{nullptr, 0}).empty());
    CHECK(akolhook::view(akolhook::str("abc")) == "abc");
    CHECK(akolhook::string(escaped) == "a\xc3\xa9\n\"b");
    CHECK(akolhook::view(escaped, room) == "a\xc3\xa9\n\"b" && room == "a\xc3\xa9\n\"b");
    CHECK(akolhook::equal(escaped, "a\xc3\xa9\n\"b") && !akolhook::equal(escaped, "a"));

    // text without escapes is seen where it stands, and room is left alone
    const akolhook_text whole = {akolhook::str("as it is\\n"), 0};
    CHECK(akolhook::view(whole, room).data() == whole.str.ptr && room == "a\xc3\xa9\n\"b");
    CHECK(akolhook::string(whole) == "as it is\\n");
    CHECK(akolhook::string(akolhook_text{}).empty() && akolhook::view(akolhook_text{}, room).empty());
}

static void test_receive() {
    akolhook::guard<8> seen;
    akolhook::receiver receiver(seen);
    const headers good = {{"X-WEBHOOK-SIGNATURE", std::string(plain_mac)}};
    const std::vector<std::pair<std::string_view, std::string_view>> twice = {
            {"X-Webhook-Signature", plain_mac}, {"X-Webhook-Signature", plain_mac}};

    CHECK(receiver.receive(akolhook::incoming(good), plain, now).status() == AKOLHOOK_NO_SECRET);
    CHECK(receiver.add_secret("") == AKOLHOOK_EMPTY_SECRET);
    CHECK(receiver.add_secret(secret) == AKOLHOOK_OK);
    CHECK(receiver.receive(akolhook::incoming(), plain, now).http() == 401);
    CHECK(receiver.receive(akolhook::incoming(twice), plain, now).status() == AKOLHOOK_DOUBLED_HEADER);
    CHECK(receiver.receive(akolhook::incoming(good), plain.substr(1), now).status() ==
            AKOLHOOK_SIGNATURE_MISMATCH);
    CHECK(receiver.receive(akolhook::incoming(good), plain, now + 345601).status() == AKOLHOOK_TOO_OLD);

    {  // the end of the scope rolls back
        auto event = receiver.receive(akolhook::incoming(good), plain, now);
        CHECK(event && event->event == AKOLHOOK_CALL_ENDED && (*event).body_len == plain.size());
        CHECK(receiver.receive(akolhook::incoming(good), plain, now).status() == AKOLHOOK_IN_PROGRESS);
    }
    {  // so does what it was moved to, and only that
        auto event = receiver.receive(akolhook::incoming(good), plain, now);
        auto moved = std::move(event);
        CHECK(moved && receiver.receive(akolhook::incoming(good), plain, now).http() == 503);
        moved.rollback();
        auto again = receiver.receive(akolhook::incoming(good), plain, now);
        CHECK(again.http() == 200);
        moved.rollback();  // of no effect: it was done
        moved.commit();
        CHECK(receiver.receive(akolhook::incoming(good), plain, now).status() == AKOLHOOK_IN_PROGRESS);
        again.commit();
        again.rollback();  // likewise
    }
    auto replay = receiver.receive(akolhook::incoming(good), plain, now);
    CHECK(!replay && replay.status() == AKOLHOOK_DUPLICATE && replay.http() == 200);
    CHECK(replay->event == AKOLHOOK_EVENT_UNKNOWN && !replay.read(akolhook_call_parse));
}

static void test_data() {
    akolhook::receiver receiver;
    const std::string call = envelope("call.ended", R"({"callId":"c\u00e9","duration":42,"transcript":[)"
                                                    R"({"speaker":"agent","text":"Hi","timestamp":1},)"
                                                    R"({"speaker":"caller","text":"Yo","timestamp":2}]})");
    const std::string agent = envelope("agent.updated", R"({"agentId":"a","changes":["name","voice"]})");
    std::string room, spoken, changed;

    CHECK(receiver.add_secret(secret) == AKOLHOOK_OK);
    {
        const headers signature = sign(call);
        auto event = receiver.receive(akolhook::incoming(signature), call, now);
        auto data = event.read(akolhook_call_parse);
        CHECK(data && akolhook::view(data->call_id, room) == "c\xc3\xa9" && data->duration.integer == 42);
        CHECK(!event.read(akolhook_agent_parse) && !event.read(akolhook_lead_parse));
        for (const akolhook_line &line : akolhook::lines(data->transcript))
            spoken += akolhook::string(line.speaker) + ":" + akolhook::string(line.text) + " ";
        CHECK(spoken == "agent:Hi caller:Yo ");
    }
    {
        const headers signature = sign(agent);
        auto event = receiver.receive(akolhook::incoming(signature), agent, now);
        auto data = event.read(akolhook_agent_parse);
        CHECK(data.has_value());
        for (const akolhook_text &name : akolhook::names(data->changes))
            changed += akolhook::string(name) + " ";
        CHECK(changed == "name voice ");
        for (const akolhook_line &line : akolhook::lines(akolhook_lines{})) CHECK(line.text.str.len != 0);
    }
    // each struct reads the events that have it and no other: seven are calls, three agents, two numbers
    static constexpr int of[] = {7, 1, 1, 1, 3, 2, 1, 1, 1};
    int got[9] = {};
    for (int number = 1; number <= AKOLHOOK_EVENT_LAST; number++) {
        const std::string body = envelope(akolhook_event_name(static_cast<akolhook_event>(number)), "{}");
        const headers signature = sign(body);
        auto event = receiver.receive(akolhook::incoming(signature), body, now);
        CHECK(bool(event));
        got[0] += event.read(akolhook_call_parse).has_value();
        got[1] += event.read(akolhook_transcript_parse).has_value();
        got[2] += event.read(akolhook_summary_parse).has_value();
        got[3] += event.read(akolhook_function_call_parse).has_value();
        got[4] += event.read(akolhook_agent_parse).has_value();
        got[5] += event.read(akolhook_phone_number_parse).has_value();
        got[6] += event.read(akolhook_appointment_parse).has_value();
        got[7] += event.read(akolhook_sms_parse).has_value();
        got[8] += event.read(akolhook_lead_parse).has_value();
    }
    for (std::size_t i = 0; i < 9; i++) CHECK(got[i] == of[i]);
}

// Two secrets, Standard Webhooks through c(), a clock of its own.
static void test_settings() {
    akolhook::guard<4> seen;
    akolhook::receiver receiver(seen);
    const headers good = {{"X-Webhook-Signature", std::string(plain_mac)}};
    const std::string longer = std::string(plain) + " ";

    receiver.c()->max_age_s = AKOLHOOK_AGE_ANY;
    receiver.c()->max_body = plain.size();
    CHECK(receiver.add_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD") == AKOLHOOK_OK);
    CHECK(receiver.add_secret(secret) == AKOLHOOK_OK);
    auto event = receiver.receive(akolhook::incoming(good), plain);  // the system's clock, however late
    CHECK(event && event->secret_index == 1);
    CHECK(receiver.receive(akolhook::incoming(good), longer, now).http() == 413);
    static_assert(!std::is_copy_constructible_v<akolhook::receiver> &&
                  !std::is_copy_assignable_v<akolhook::receiver>);
    static_assert(!std::is_copy_constructible_v<akolhook::guard<4>> &&
                  !std::is_copy_assignable_v<akolhook::guard<4>>);
    static_assert(!std::is_copy_constructible_v<akolhook::received> &&
                  !std::is_copy_assignable_v<akolhook::received>);
    static_assert(!std::is_move_constructible_v<akolhook::receiver> &&
                  std::is_nothrow_move_constructible_v<akolhook::received>);
}

// Of many threads with the same request one gets it.
static void test_threads() {
    akolhook::guard<16> seen;
    akolhook::receiver receiver(seen);
    const headers good = {{"X-Webhook-Signature", std::string(plain_mac)}};
    std::atomic<int> handled{0}, others{0};
    std::vector<std::thread> threads;

    CHECK(receiver.add_secret(secret) == AKOLHOOK_OK);
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&] {
            auto event = receiver.receive(akolhook::incoming(good), plain, now);
            if (event) handled++;
            if (event.status() == AKOLHOOK_DUPLICATE || event.status() == AKOLHOOK_IN_PROGRESS) others++;
            event.commit();
        });
    for (auto &thread : threads) thread.join();
    CHECK(handled == 1 && others == 7);
}

int main() {
    test_views();
    test_receive();
    test_data();
    test_settings();
    test_threads();
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed ? 1 : 0;
}
