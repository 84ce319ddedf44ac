// A receiver on cpp-httplib, C++17: a pool of threads, one guard.
// Copy: httplib.cpp akolhook.h akolhook.hpp
// Build: c++ -O2 -std=c++17 -o receiver httplib.cpp -lcpp-httplib -pthread
//   without -lcpp-httplib where httplib.h is the project's own single header
// Run: AKOLHOOK_SECRET=whsec_... ./receiver 8080 events.txt
#define AKOLHOOK_IMPLEMENTATION
#define AKOLHOOK_RECEIVER_ONLY
#include "akolhook.hpp"

#include <cstdlib>
#include <fstream>
#include <httplib.h>
#include <iostream>
#include <signal.h>
#include <unistd.h>

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
static int answer(const httplib::Request &request, const std::string &body) {
    auto event = receiver.receive(akolhook::incoming(request.headers), body);

    if (!event) {
        std::cerr << "refused: " << akolhook_status_text(event.status()) << "\n";  // for the log alone
        return event.http();  // 401, 413 ...; 200 for a duplicate
    }
    if (!work(*event)) return 500;  // rolled back at the end of the scope: the sender's retry is let in
    event.commit();                 // from now on it is a duplicate
    return 200;
}

// Reads the body in pieces: the server has no bound of its own for chunks, nor for what it decompresses.
static void handle(
        const httplib::Request &request, httplib::Response &response, const httplib::ContentReader &read) {
    std::string body;
    bool is_long = false;
    const auto take = [&](const char *piece, std::size_t len) {
        is_long = len > AKOLHOOK_MAX_BODY - body.size();
        if (!is_long) body.append(piece, len);
        return !is_long;
    };

    response.status = 415;
    if (request.is_multipart_form_data()) return;  // a form cannot be read in pieces

    response.status = 400;  // it was cut
    if (read(take))
        response.status = answer(request, body);
    else if (is_long)
        response.status = 413;
}

// Says why the program does not start; its exit status.
static int fail(const char *why) {
    std::cerr << why << "\n";
    return 2;
}

int main(int argc, char **argv) {
    const char *secret = std::getenv("AKOLHOOK_SECRET");
    httplib::Server server;
    sigset_t end;
    int signal;

    if (argc != 3) return fail("usage: receiver PORT FILE");
    if (!secret || receiver.add_secret(secret) != AKOLHOOK_OK) return fail("AKOLHOOK_SECRET has no secret");
    out_path = argv[2];
    sigemptyset(&end), sigaddset(&end, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &end, nullptr);

    server.set_socket_options([](socket_t socket) {  // the server's own let two programs share the port
        const int on = 1;
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    server.set_payload_max_length(AKOLHOOK_MAX_BODY);  // answers 413 itself
    server.set_keep_alive_max_count(1);                // what is left of a body is no next request
    server.Post(".*", handle);
    if (!server.bind_to_port("127.0.0.1", std::atoi(argv[1]))) return fail("cannot listen on this port");
    std::thread stop([&] { sigwait(&end, &signal), server.stop(); });
    const bool good = server.listen_after_bind();
    if (!good) kill(getpid(), SIGTERM);  // nobody is accepted any more: the other thread ends too
    stop.join();
    return good ? 0 : 1;
}
