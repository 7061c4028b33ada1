// What the server knows of one client's connection, and the desk at which a request of it is dealt with.
//
// Touched on its worker's executor only.
#pragma once

#include "weir/http/router.hpp"

#include "message.hpp"
#include "output.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <memory>

namespace weir::http {

// What is to be done when no more can be done at once.
enum class next {
    read,   // more of the request must come
    write,  // answers have piled up
    ask,    // the endpoint needs time
    close,
};

// Everything that a request needs while it is being dealt with. Few connections have one at a time: most wait
// for their next request.
struct desk {
    explicit desk(const limits& allowed) : in(allowed) {}

    // For another connection: nothing of a request is here any more.
    void clear() { in.clear(); }

    message in;
    output out;
    response answer;
    router::match matched;  // when the request is routed
    steady_clock::time_point began;
    bool is_routed = false;
    bool is_whole = true;  // all of the request was taken off the connection, so that another one can follow
    bool is_closing = false;  // after what waits to be written
    next due = next::read;
};

// What a connection is waiting for. No operation has a timer of its own: the sweep looks at `until`, and cuts
// what is late. The session then tells by `is_cut` and its phase what that means.
struct connection {
    enum class phase { idle, head, body, answering, writing, closing };

    explicit connection(int s) : socket(s) {}
    ~connection() { close(); }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    void enter(phase to, steady_clock::time_point end) {
        now = to;
        until = end;
        is_cut = false;
    }

    // Wakes the session, if it waits for the socket.
    void wake() {
        if (sleeper != nullptr) sleeper->cancel();
    }

    void close();

    int socket;
    bool is_readable = true;  // until a read says otherwise
    bool has_ended = false;   // the client sends no more: a read will say so after the last byte
    bool is_cut = false;
    phase now = phase::idle;
    steady_clock::time_point until = steady_clock::time_point::max();
    std::unique_ptr<desk> at;                      // from the first byte of a request to its answer
    boost::asio::steady_timer* sleeper = nullptr;  // the session's, while it waits for the socket
    boost::asio::cancellation_signal stop;         // of the session
    std::list<connection>::iterator self;
};

// Whether nothing of a request is at the desk, received, answered or unsent.
inline bool is_between_requests(const connection& c) {
    return !c.at->is_routed && c.at->in.is_idle() && c.at->out.is_empty();
}

}  // namespace weir::http
