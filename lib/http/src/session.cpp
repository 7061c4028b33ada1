#include "session.hpp"

#include "weir/base/log.hpp"
#include "weir/http/problem.hpp"

#include "transfer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using phase = connection::phase;

// Answers that are ready together are written together, up to here.
constexpr std::size_t batch_bytes_max = 256 * 1024;
constexpr std::size_t batch_answers_max = 32;

constexpr std::size_t free_workspaces_max = 64;

// What the requests of a connection need next.
enum class next {
    read,   // more of the request must come
    write,  // answers have piled up
    await,  // a gate or an endpoint needs time
    close,
};

bool is_batch_full(const output& out) {
    return out.waiting() >= batch_bytes_max || out.answers() >= batch_answers_max;
}

// ---- The end of a request: its answer is complete.

void log_line(listener& l, const workspace& w, const common_fields& common, steady_clock::duration took) {
    const request& r = w.in.request();
    l.log.write(
        {.listener = l.options.listener,
         .method = r.method_text,
         .target = r.target,
         .route = l.metrics.label(w.matched.found),
         .status = w.answer.status,
         .bytes = common.has_body ? w.answer.payload().size() : 0,
         .took = took,
         .cache = w.answer.outcome,
         .request_id = common.request_id,
         .trace_id = common.traceparent.empty() ? std::string_view{} : trace_id_of(common.traceparent)});
}

// Queues the answer, counts and logs it, and prepares for the next request.
void finish(connection& c, listener& l) {
    workspace& w = *c.work;
    assert(!w.is_closing && !w.pending_verdict && !w.pending_answer);
    const request& r = w.in.request();
    const bool is_last = l.is_draining && !w.in.has_following();
    const common_fields common{
        .date = l.date.at(l.now.unix),
        .request_id = is_sane_request_id(r.request_id) ? r.request_id : l.ids.next(),
        .traceparent = is_traceparent(r.traceparent) ? r.traceparent : std::string_view{},
        .keep_alive = w.is_whole && r.keep_alive && !is_last,
        .is_http_1_0 = r.is_http_1_0,
        .has_body = r.what != method::head,
    };
    const auto took = steady_clock::now() - w.began;
    l.metrics.answered(w.matched.found, w.answer.status, took);
    if (l.log.is_due()) log_line(l, w, common, took);
    w.out.add(w.answer, common);
    w.is_closing = !common.keep_alive;
    w.is_whole = true;
    w.at = stage::head;
    w.answer.reset();
    if (common.keep_alive) w.in.next();
    c.enter(phase::answering, steady_clock::time_point::max());
}

// Answers a request by its head, and drops its body.
void finish_by_head(connection& c, listener& l) {
    c.work->is_whole = c.work->in.skip_body();
    finish(c, l);
}

// Answers a request that breaks the protocol or comes too slowly. Then the connection closes.
void refuse(connection& c, listener& l, const protocol_error& why) {
    workspace& w = *c.work;
    if (w.at == stage::head) {
        w.began = l.now.steady;
        w.matched.found = nullptr;
    }
    problem(w.answer, why.status, why.detail);
    w.is_whole = false;
    finish(c, l);
}

// Makes a 500 of what a gate or an endpoint threw. What earlier gates added stays.
void fail(workspace& w, const listener& l, std::string_view what) {
    log::error("request_failed", {{"route", l.metrics.label(w.matched.found)}, {"why", what}});
    w.answer.reset(w.gate_field_bytes);
    problem(w.answer, 500, "the request failed; the log of the server says why");
}

// ---- The stages of a request: head, gates, body. Each either goes on at once or says what it waits for.

const call& ask_with(workspace& w, const listener& l) {
    return w.asked.emplace(call{.from = w.in.request(),
                                .segments = std::span{w.matched.segments}.first(w.matched.segment_count),
                                .is_draining = l.is_draining || l.is_announced,
                                .now = l.now});
}

// Goes on to the body, once the last gate has let the request pass or there was none.
void admit(connection& c, listener& l) {
    workspace& w = *c.work;
    if (w.matched.found == nullptr) {
        router::refuse(w.matched, w.answer);
        return finish_by_head(c, l);
    }
    w.at = stage::body;
    if (w.in.awaits_continue()) w.out.add_continue();
    if (w.in.body() == progress::needs_more) {
        c.enter(phase::body, steady_clock::now() + l.options.limit.body_timeout);
    }
}

std::optional<next> take_head(connection& c, listener& l) {
    workspace& w = *c.work;
    const progress p = w.in.head();
    if (p == progress::needs_more) return next::read;
    if (p == progress::refused) {
        refuse(c, l, w.in.refused());
        return std::nullopt;
    }
    w.began = l.now.steady;
    l.routes.find(w.in.request(), w.matched);
    w.gates_passed = w.gate_field_bytes = 0;
    w.at = stage::gates;
    if (w.matched.gates.empty()) admit(c, l);
    return std::nullopt;
}

// Acts on a gate's verdict. A refused request counts as one without a route, as an unknown path does.
void take_verdict(connection& c, listener& l, verdict v) {
    workspace& w = *c.work;
    assert(w.at == stage::gates && w.gates_passed < w.matched.gates.size());
    if (v == verdict::refuse) {
        w.matched.found = nullptr;
        return finish_by_head(c, l);
    }
    ++w.gates_passed;
    w.gate_field_bytes = w.answer.fields.size();
    if (w.gates_passed == w.matched.gates.size()) admit(c, l);
}

std::optional<next> ask_gate(connection& c, listener& l) {
    workspace& w = *c.work;
    verdict v = verdict::refuse;  // also when it throws
    try {
        auto said = w.matched.gates[w.gates_passed]->judge(ask_with(w, l), w.answer);
        if (auto* pending = std::get_if<awaitable<verdict>>(&said)) {
            w.pending_verdict = std::move(*pending);
            return next::await;
        }
        v = std::get<verdict>(said);
    } catch (const std::exception& e) {
        fail(w, l, e.what());
    }
    take_verdict(c, l, v);
    return std::nullopt;
}

std::optional<next> ask_endpoint(connection& c, listener& l) {
    workspace& w = *c.work;
    try {
        w.pending_answer = w.matched.found->target->respond(ask_with(w, l), w.answer);
    } catch (const std::exception& e) {
        fail(w, l, e.what());
    }
    if (w.pending_answer) return next::await;
    finish(c, l);
    return std::nullopt;
}

std::optional<next> take_body(connection& c, listener& l) {
    workspace& w = *c.work;
    const progress p = w.in.body();
    if (p == progress::needs_more) return next::read;
    if (p == progress::ready) return ask_endpoint(c, l);
    refuse(c, l, w.in.refused());
    return std::nullopt;
}

std::optional<next> take_stage(connection& c, listener& l) {
    switch (c.work->at) {
        case stage::head:
            return take_head(c, l);
        case stage::gates:
            return ask_gate(c, l);
        case stage::body:
            break;
    }
    return take_body(c, l);
}

// Handles one request after another, until one has to wait or no complete one is left. Reads and writes
// nothing.
next advance(connection& c, listener& l) {
    while (!c.work->is_closing) {
        if (is_batch_full(c.work->out)) return next::write;
        if (const auto stop = take_stage(c, l)) return *stop;
    }
    return next::close;
}

// ---- A session: what needs time is awaited.

// Awaits an awaitable that is moved out first, so that it is destroyed before the next request comes.
template <class T>
awaitable<T> taken(std::optional<awaitable<T>>& from) {
    awaitable<T> out = std::move(*from);
    from.reset();
    return out;
}

// Awaits the gate or the endpoint, which has a deadline of its own.
awaitable<void> await_pending(connection& c, listener& l) {
    workspace& w = *c.work;
    assert(w.pending_verdict.has_value() != w.pending_answer.has_value());
    c.enter(phase::answering, steady_clock::time_point::max());
    verdict v = verdict::refuse;  // also when it throws
    try {
        if (w.pending_verdict) {
            v = co_await taken(w.pending_verdict);
        } else {
            co_await taken(w.pending_answer);
        }
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) throw;  // the drain's deadline
        fail(w, l, e.what());
    } catch (const std::exception& e) {
        fail(w, l, e.what());
    }
    l.now = moment::now();
    if (w.at == stage::gates) {
        take_verdict(c, l, v);
    } else {
        finish(c, l);
    }
}

// Handles the requests in the workspace and those that arrive meanwhile. Returns true once the connection may
// be parked, false if it is to be closed. Throws only when cancelled (the drain's deadline).
awaitable<bool> serve(connection& c, listener& l, next due) {
    while (true) {
        // Finished answers are sent before anything that may take time.
        const bool is_written = co_await write_out(c, l);
        if (!is_written) co_return false;
        if (due == next::close) break;
        if (due == next::await) co_await await_pending(c, l);
        if (due == next::read) {
            const arrival got = co_await read_some(c, l);
            if (got == arrival::nothing) co_return false;
            if (got == arrival::none_yet) co_return true;
            if (got == arrival::too_slow)
                refuse(c, l, {408, "the request did not arrive in time; send it again"});
        }
        due = advance(c, l);
    }
    co_await lingering_close(c, l);
    co_return false;
}

// ---- A connection: idle, readable, in a session, idle again or closed.

// Takes a workspace that another connection has left, or makes one.
std::unique_ptr<workspace> take_workspace(listener& l) {
    if (l.free_workspaces.empty()) return std::make_unique<workspace>(l.options.limit);
    auto left = std::move(l.free_workspaces.back());
    l.free_workspaces.pop_back();
    return left;
}

// Makes the connection idle, until its next request. During a drain none is waited for.
void park(listener& l, connection& c) {
    assert(c.work && c.work->is_between_requests() && c.sleeper == nullptr);
    if (l.free_workspaces.size() < free_workspaces_max) {
        c.work->clear();
        l.free_workspaces.push_back(std::move(c.work));
    }
    c.work.reset();
    if (l.is_draining) return close(l, c);
    c.enter(phase::idle, l.now.steady + l.options.limit.idle_timeout);
    if (c.is_readable) l.poll.remind(c.socket, &c);
}

awaitable<bool> run_session(listener_ptr l, connection& c, next due) {
    const bool is_kept = co_await serve(c, *l, due);
    co_return is_kept && !l->is_closed;
}

void start_session(const listener_ptr& l, connection& c, next due) {
    asio::co_spawn(
        l->executor, run_session(l, c, due),
        asio::bind_cancellation_slot(c.stop.slot(), [l, &c](std::exception_ptr failure, bool is_kept) {
            log_failure("session_failed", failure);
            if (is_kept && !failure) {
                park(*l, c);
            } else {
                close(*l, c);
            }
        }));
}

}  // namespace

void log_failure(std::string_view event, const std::exception_ptr& failure) {
    if (!failure) return;
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) log::error(event, {{"why", e.what()}});
    } catch (const std::exception& e) {
        log::error(event, {{"why", e.what()}});
    }
}

void close(listener& l, connection& c) {
    l.connections.erase(c.self);
    l.metrics.disconnected();
    l.changed.cancel();
}

// Reads once and answers what can be answered. Nearly always that is a request that L1 answers, and nothing
// more happens. It reads only once an event, so that a client that never pauses leaves time for the others.
void on_readable(const listener_ptr& l, connection& c) {
    assert(!c.work && c.now == phase::idle);
    c.work = take_workspace(*l);
    const arrival got = receive(c, *l);
    if (got == arrival::nothing) return close(*l, c);
    if (got == arrival::bytes) {
        const next due = advance(c, *l);
        const bool is_sent = due != next::close && send(c) == sending::done;
        if (!is_sent || due != next::read || !c.work->is_between_requests()) return start_session(l, c, due);
    }
    park(*l, c);
}

void on_event(const listener_ptr& l, const epoll_event& e) {
    auto& c = *static_cast<connection*>(e.data.ptr);
    c.is_readable = c.is_readable || (e.events & ~EPOLLOUT) != 0;
    c.has_ended = c.has_ended || (e.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (c.work) {
        c.wake();
    } else if (c.is_readable) {
        on_readable(l, c);
    }
}

}  // namespace weir::http
