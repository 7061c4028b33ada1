// The state of one client's connection, and the workspace in which its requests are handled.
//
// Used on its worker's executor only.
#pragma once

#include "weir/http/router.hpp"

#include "message.hpp"
#include "output.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cassert>
#include <list>
#include <memory>
#include <optional>

namespace weir::http {

// How far the request in a workspace has come.
enum class stage {
    head,   // its head is awaited
    gates,  // it is routed; the gates of its route judge it
    body,   // it may pass; its body is awaited, then it is answered
};

// Everything that a request needs while it is handled. Few connections have a workspace at a time: most wait
// for their next request.
struct workspace {
    explicit workspace(const listener_limits& allowed) : in(allowed) {}

    // Returns whether the workspace holds no part of a request: nothing received, nothing waiting for its
    // answer, nothing unsent.
    bool is_between_requests() const { return at == stage::head && in.is_idle() && out.is_empty(); }

    // Makes it ready for another connection.
    void clear() {
        assert(is_between_requests() && !is_closing && !pending_verdict && !pending_answer);
        in.clear();
    }

    message in;
    output out;
    response answer;
    stage at = stage::head;
    router::match matched;             // once the request is routed
    std::size_t gates_passed = 0;      // of matched.gates
    std::size_t gate_field_bytes = 0;  // of answer.fields: what these gates added
    std::optional<call> asked;         // what the gate or endpoint was asked last
    steady_clock::time_point began;
    bool is_whole = true;  // all of the request was taken off the connection, so that another one can follow
    bool is_closing = false;  // after what waits to be written
    // What the request waits for, if anything. Last: the coroutines refer to the members above.
    std::optional<awaitable<verdict>> pending_verdict;
    std::optional<awaitable<void>> pending_answer;
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
    std::unique_ptr<workspace> work;  // from the first byte of a request to its answer; null in phase idle
    boost::asio::steady_timer* sleeper = nullptr;  // the session's, while it waits for the socket
    boost::asio::cancellation_signal stop;         // of the session
    std::list<connection>::iterator self;
};

}  // namespace weir::http
