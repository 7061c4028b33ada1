#include "session.hpp"

#include "weir/base/log.hpp"

#include "problem.hpp"
#include "transfer.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace weir::http {
namespace {

namespace asio = boost::asio;
using phase = connection::phase;

// Answers that are ready together are written together, up to here.
constexpr std::size_t batch_bytes_max = 256 * 1024;
constexpr std::size_t batch_answers_max = 32;

// One request and its answer.
struct exchange {
    steady_clock::time_point began;
    router::match matched;
    bool is_whole = true;  // all of the request was taken off the connection, so that another one can follow
    bool is_over = false;  // the client is gone: there is nobody to answer
};

enum class received { ready, refused, nothing };

void refuse(response& out, exchange& x, const refusal& why) {
    problem(out, why.status, why.why);
    x.is_whole = false;
}

// Reads until a part of the request, head or body, is there. An answer is due unless this says `nothing`.
awaitable<received> receive(connection& c, listener& l, exchange& x, progress (message::*part)()) {
    while (true) {
        const progress p = (c.in.*part)();
        if (p == progress::ready) co_return received::ready;
        if (p == progress::refused) {
            refuse(c.answer, x, c.in.refused());
            co_return received::refused;
        }
        const arrival got = co_await read_some(c, l);
        if (got == arrival::nothing) co_return received::nothing;
        if (got == arrival::too_slow) {
            refuse(c.answer, x, {408, "the request did not arrive in time"});
            co_return received::refused;
        }
    }
}

awaitable<received> receive_body(connection& c, listener& l, exchange& x) {
    if (c.in.awaits_continue()) c.out.add_continue();
    if (c.in.body() == progress::needs_more) c.enter(phase::body, l.options.limit.body_timeout);
    co_return co_await receive(c, l, x, &message::body);
}

void failed(response& out, const route& where, std::string_view what) {
    log::error("request_failed", {{"route", where.label}, {"why", what}});
    out.reset();
    problem(out, 500, "the request failed; the log of the server says why");
}

// Asks the endpoint. Answers that are ready go out first if it takes time.
awaitable<void> respond(connection& c, listener& l, exchange& x) {
    const call asked{.from = c.in.request(),
                     .segments = std::span{x.matched.segments}.first(x.matched.segment_count),
                     .is_draining = l.is_draining || l.is_announced,
                     .now = moment::now()};
    endpoint& target = *x.matched.found->target;
    c.enter_answering();
    try {
        if (target.respond_now(asked, c.answer)) co_return;
        const bool is_written = co_await write_out(c, l);
        x.is_over = !is_written;
        if (is_written) co_await target.respond(asked, c.answer);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) throw;  // the drain's deadline: the session ends
        failed(c.answer, *x.matched.found, e.what());
    } catch (const std::exception& e) {
        failed(c.answer, *x.matched.found, e.what());
    }
}

// Routes by the head, so that a request which is not allowed here is refused before its body is read.
awaitable<void> make_answer(connection& c, listener& l, exchange& x) {
    x.matched = l.routes.find(c.in.request(), c.answer);
    if (x.matched.found == nullptr) {
        x.is_whole = c.in.skip_body();
        co_return;
    }
    const received got = co_await receive_body(c, l, x);
    if (got == received::nothing) x.is_over = true;
    if (got == received::ready) co_await respond(c, l, x);
}

// Queues the answer, counts and logs it. Returns whether another request may follow.
bool finish(connection& c, listener& l, const exchange& x) {
    const request& r = c.in.request();
    const bool is_last = l.is_draining && !c.in.has_following();
    const common_fields common{
        .date = l.date.at(unix_now()),
        .request_id = is_sane_request_id(r.request_id) ? r.request_id : l.ids.next(),
        .traceparent = is_traceparent(r.traceparent) ? r.traceparent : std::string_view{},
        .keep_alive = x.is_whole && r.keep_alive && !is_last,
        .is_http_1_0 = r.is_http_1_0,
        .has_body = r.what != method::head,
    };
    const auto took = steady_clock::now() - x.began;
    l.metrics.answered(x.matched.found, c.answer.status, took);
    l.log.write(
        {.listener = l.options.listener,
         .method = r.method_text,
         .target = r.target,
         .route = l.metrics.label(x.matched.found),
         .status = c.answer.status,
         .bytes = common.has_body ? c.answer.payload().size() : 0,
         .took = took,
         .cache = c.answer.outcome,
         .request_id = common.request_id,
         .trace_id = common.traceparent.empty() ? std::string_view{} : trace_id_of(common.traceparent)});
    c.out.add(c.answer, common);
    if (common.keep_alive) c.in.next();
    return common.keep_alive;
}

bool is_batch_full(const output& out) {
    return out.waiting() >= batch_bytes_max || out.answers() >= batch_answers_max;
}

}  // namespace

awaitable<void> serve(connection& c, listener& l) {
    bool goes_on = true;
    while (goes_on) {
        exchange x;
        c.answer.reset();
        const received got = co_await receive(c, l, x, &message::head);
        if (got == received::nothing) co_return;
        x.began = steady_clock::now();
        if (got == received::ready) co_await make_answer(c, l, x);
        if (x.is_over) co_return;
        goes_on = finish(c, l, x);
        if (!goes_on || is_batch_full(c.out)) {
            const bool is_written = co_await write_out(c, l);
            if (!is_written) co_return;
        }
    }
    co_await hang_up(c);
}

}  // namespace weir::http
