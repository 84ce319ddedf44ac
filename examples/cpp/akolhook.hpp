/* akolhook.hpp - akolhook.h for C++17: views of texts, a receiver and a guard that cannot be copied by
   accident, messages that roll back by themselves

   Needs akolhook.h beside it, implemented in one C or C++ file as always. Only string() and
   view(text, room) allocate and may throw for that. c() of each class is what the C calls take.

       static akolhook::guard<1024> seen;               // remembers 1,024 messages
       static akolhook::receiver receiver(seen);        // receiver.add_secret("whsec_...")

       auto event = receiver.receive(akolhook::incoming(headers), body);
       if (!event) return event.http();                 // 401, 413 ...; 200 for a duplicate
       if (auto call = event.read(akolhook_call_parse)) work_on(*call);
       event.commit();                                  // without it the sender's retry is let in */
#ifndef AKOLHOOK_HPP
#define AKOLHOOK_HPP
#if defined(__GNUC__) && __cplusplus < 201703L
#error "akolhook.hpp is C++17: compile with -std=c++17 or later"
#endif

// akolhook.h is C: its user cannot mend what C++ warnings say about it
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wzero-as-null-pointer-constant"
#pragma GCC diagnostic ignored "-Weffc++"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wuseless-cast"
#endif
#endif
#include "akolhook.h"
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#ifndef AKOLHOOK_NO_THREADS
#include <mutex>
#endif

namespace akolhook {

// ---- slices and texts: a view lives as long as the bytes that it points to ----

inline akolhook_str str(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view view(akolhook_str str) noexcept { return {str.len ? str.ptr : "", str.len}; }
inline bool equal(const akolhook_text &text, std::string_view plain) noexcept {
    return akolhook_text_equal(text, str(plain)) != 0;
}
// The text with its JSON escapes decoded, in a string of its own.
inline std::string string(const akolhook_text &text) {
    std::string out(text.str.len, '\0');  // decoding makes no text longer
    std::size_t len = 0;

    if (akolhook_text_decode(text, out.data(), out.size(), &len) != AKOLHOOK_OK) len = 0;
    out.resize(len);
    return out;
}
// The same as a view: of the text where it stands, or of room when there are escapes to decode.
inline std::string_view view(const akolhook_text &text, std::string &room) {
    if (text.escaped) room = string(text);
    return text.escaped ? std::string_view(room) : view(text.str);
}

// Range-based for over what was read: lines(call.transcript), names(agent.changes).
template <class Item, class List, int (*next_)(const List *, akolhook_json_iter *, Item *)> class range {
  public:
    explicit range(const List &list) noexcept : list_(list) { ++*this; }
    range begin() const noexcept { return *this; }
    std::nullptr_t end() const noexcept { return nullptr; }

    const Item &operator*() const noexcept { return item_; }
    bool operator!=(std::nullptr_t) const noexcept { return more_; }
    range &operator++() noexcept {
        more_ = next_(&list_, &at_, &item_) != 0;
        return *this;
    }

  private:
    List list_;
    akolhook_json_iter at_{};
    Item item_{};
    bool more_ = false;
};
using lines = range<akolhook_line, akolhook_lines, akolhook_lines_next>;
using names = range<akolhook_text, akolhook_names, akolhook_names_next>;

// ---- receiving ----

// What was seen: the last count_ messages, half as many where both schemes are taken. Threads may share it.
template <std::size_t count_> class guard {
  public:
    guard() noexcept {
        c_.entries = entries_.data();
        c_.count = count_;
#ifndef AKOLHOOK_NO_THREADS
        c_.lock_fn = [](void *user) { static_cast<std::mutex *>(user)->lock(); };
        c_.unlock_fn = [](void *user) { static_cast<std::mutex *>(user)->unlock(); };
        c_.user = &mutex_;
#endif
    }
    guard(const guard &) = delete;
    guard &operator=(const guard &) = delete;
    akolhook_guard *c() noexcept { return &c_; }

  private:
    std::array<akolhook_guard_entry, count_> entries_{};
    akolhook_guard c_{};
#ifndef AKOLHOOK_NO_THREADS
    std::mutex mutex_{};
#endif
};

// The headers of one request, from anything that gives pairs of name and value. Their bytes must outlive it.
class incoming {
  public:
    incoming() noexcept = default;
    template <class Headers> explicit incoming(const Headers &headers_) noexcept {
        for (const auto &[name_, value_] : headers_) header(name_, value_);
    }
    void header(std::string_view name, std::string_view value) noexcept {
        akolhook_incoming_header(&c_, name.data(), name.size(), value.data(), value.size());
    }
    const akolhook_incoming *c() const noexcept { return &c_; }

  private:
    akolhook_incoming c_{};
};

// One request, judged. Without a commit its end lets the sender's retry in. It points into headers and body.
class received {
  public:
    received(akolhook_guard *guard, akolhook_status status, const akolhook_message &message) noexcept
        : guard_(status == AKOLHOOK_OK ? guard : nullptr), status_(status), message_(message) {}
    received(received &&other) noexcept
        : guard_(std::exchange(other.guard_, nullptr)), status_(other.status_), message_(other.message_) {}
    received(const received &) = delete;
    received &operator=(const received &) = delete;
    ~received() { rollback(); }

    explicit operator bool() const noexcept { return status_ == AKOLHOOK_OK; }
    akolhook_status status() const noexcept { return status_; }
    int http() const noexcept { return akolhook_status_http(status_); }  // the code to answer with
    const akolhook_message &operator*() const noexcept { return message_; }
    const akolhook_message *operator->() const noexcept { return &message_; }
    // Its data by one of the core's calls, read(akolhook_call_parse); nothing when the event has other data.
    template <class Data>
    std::optional<Data> read(akolhook_status (*parse_)(const akolhook_message *, Data *)) const noexcept {
        Data data_{};
        if (parse_(&message_, &data_) != AKOLHOOK_OK) return std::nullopt;
        return data_;
    }
    void commit() noexcept {
        if (guard_) akolhook_replay_commit(std::exchange(guard_, nullptr), &message_);
    }
    void rollback() noexcept {
        if (guard_) akolhook_replay_rollback(std::exchange(guard_, nullptr), &message_);
    }

  private:
    akolhook_guard *guard_;
    akolhook_status status_;
    akolhook_message message_;
};

// Holds the keys, and wipes them at its end. Set what differs in c() first, then add the secrets.
class receiver {
  public:
    receiver() noexcept = default;  // replays are not caught
    template <std::size_t count_> explicit receiver(guard<count_> &guard_) noexcept { c_.guard = guard_.c(); }
    receiver(const receiver &) = delete;
    receiver &operator=(const receiver &) = delete;
    ~receiver() { akolhook_wipe(&c_, sizeof c_); }
    akolhook_receiver *c() noexcept { return &c_; }

    [[nodiscard]] akolhook_status add_secret(std::string_view secret) noexcept {
        return akolhook_receiver_add_secret_str(&c_, str(secret));
    }
    // now: unix seconds. The body must outlive what is returned.
    [[nodiscard]] received receive(
            const incoming &in, std::string_view body, std::int64_t now = std::time(nullptr)) const noexcept {
        akolhook_message message{};
        akolhook_status status = akolhook_receive(&c_, in.c(), body.data(), body.size(), now, &message);
        return received(c_.guard, status, message);
    }
    template <class Body, class = std::enable_if_t<std::is_same_v<Body, std::string>>>
    received receive(const incoming &, Body &&, std::int64_t = 0) const = delete;  // a temporary string

  private:
    akolhook_receiver c_{};
};

}  // namespace akolhook
#endif
