// A receiver on cpp-httplib, C++17: a pool of threads, one guard.
// Copy: httplib.cpp akolhook.h akolhook.hpp
// Build: c++ -O2 -std=c++17 -o receiver httplib.cpp -lcpp-httplib -pthread
//   without -lcpp-httplib where httplib.h is the project's own single header
// Run: AKOLHOOK_SECRET=whsec_... ./receiver 8080 events.txt
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <httplib.h>
#include <iostream>

static akolhook::guard<4096> seen;
static akolhook::receiver receiver(seen);
static std::string out_path;

// Your work with a verified event; true when it is done. Here: its name into a file.
static bool work(const akolhook_message &message) {
    std::ofstream out(out_path, std::ios::app);

    out << akolhook::string(message.event_name) + "\n" << std::flush;
    return out.good();
}

// The HTTP code of the answer.
static int answer(const httplib::Request &request) {
    auto event = receiver.receive(akolhook::incoming(request.headers), request.body);

    if (!event) {
        std::cerr << "refused: " << akolhook_status_text(event.status()) << "\n";  // for the log alone
        return event.http();  // 401, 413 ...; 200 for a duplicate
    }
    if (!work(*event)) return 500;  // rolled back at the end of the scope: the sender's retry is let in
    event.commit();                 // from now on it is a duplicate
    return 200;
}

int main(int argc, char **argv) {
    const char *secret = std::getenv("AKOLHOOK_SECRET");
    httplib::Server server;
    sigset_t end;
    int signal;

    if (argc != 3 || !secret || receiver.add_secret(secret) != AKOLHOOK_OK) return 2;
    out_path = argv[2];
    sigemptyset(&end), sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, nullptr);

    server.set_payload_max_length(AKOLHOOK_MAX_BODY);  // answers 413 itself
    server.Post(".*", [](const httplib::Request &request, httplib::Response &response) {
        response.status = answer(request);
    });
    if (!server.bind_to_port("127.0.0.1", std::atoi(argv[1]))) return 1;
    std::thread stop([&] { sigwait(&end, &signal), server.stop(); });
    const bool good = server.listen_after_bind();
    stop.join();
    return good ? 0 : 1;
}
