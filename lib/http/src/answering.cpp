#include "answering.hpp"

#include "weir/base/log.hpp"
#include "weir/http/problem.hpp"

#include <exception>

namespace weir::http {
namespace {

using phase = connection::phase;

// Answers that are ready together are written together, up to here.
constexpr std::size_t batch_bytes_max = 256 * 1024;
constexpr std::size_t batch_answers_max = 32;

bool is_batch_full(const output& out) {
    return out.waiting() >= batch_bytes_max || out.answers() >= batch_answers_max;
}

// By the head, so that a request which is not allowed here is refused before its body is read.
void find_route(connection& c, listener& l) {
    desk& d = *c.at;
    d.began = l.now.steady;
    l.routes.find(d.in.request(), d.answer, d.matched);
    if (d.matched.found == nullptr) {
        d.is_whole = d.in.skip_body();
        return finish(c, l);
    }
    d.is_routed = true;
    if (d.in.awaits_continue()) d.out.add_continue();
    if (d.in.body() == progress::needs_more) {
        c.enter(phase::body, steady_clock::now() + l.options.limit.body_timeout);
    }
}

bool is_answered_at_once(desk& d, const listener& l) {
    try {
        return d.matched.found->target->respond_now(call_of(d, l), d.answer);
    } catch (const std::exception& e) {
        failed(d, e.what());
        return true;
    }
}

void log_line(listener& l, const desk& d, const common_fields& common, steady_clock::duration took) {
    const request& r = d.in.request();
    l.log.write(
        {.listener = l.options.listener,
         .method = r.method_text,
         .target = r.target,
         .route = l.metrics.label(d.matched.found),
         .status = d.answer.status,
         .bytes = common.has_body ? d.answer.payload().size() : 0,
         .took = took,
         .cache = d.answer.outcome,
         .request_id = common.request_id,
         .trace_id = common.traceparent.empty() ? std::string_view{} : trace_id_of(common.traceparent)});
}

}  // namespace

call call_of(const desk& d, const listener& l) {
    return {.from = d.in.request(),
            .segments = std::span{d.matched.segments}.first(d.matched.segment_count),
            .is_draining = l.is_draining || l.is_announced,
            .now = l.now};
}

void failed(desk& d, std::string_view what) {
    log::error("request_failed", {{"route", d.matched.found->label}, {"why", what}});
    d.answer.reset();
    problem(d.answer, 500, "the request failed; the log of the server says why");
}

void refuse(connection& c, listener& l, const refusal& why) {
    desk& d = *c.at;
    if (!d.is_routed) {
        d.began = l.now.steady;
        d.matched.found = nullptr;
    }
    problem(d.answer, why.status, why.why);
    d.is_whole = false;
    finish(c, l);
}

void finish(connection& c, listener& l) {
    desk& d = *c.at;
    const request& r = d.in.request();
    const bool is_last = l.is_draining && !d.in.has_following();
    const common_fields common{
        .date = l.date.at(l.now.unix),
        .request_id = is_sane_request_id(r.request_id) ? r.request_id : l.ids.next(),
        .traceparent = is_traceparent(r.traceparent) ? r.traceparent : std::string_view{},
        .keep_alive = d.is_whole && r.keep_alive && !is_last,
        .is_http_1_0 = r.is_http_1_0,
        .has_body = r.what != method::head,
    };
    const auto took = steady_clock::now() - d.began;
    l.metrics.answered(d.matched.found, d.answer.status, took);
    if (l.log.is_due()) log_line(l, d, common, took);
    d.out.add(d.answer, common);
    d.is_closing = !common.keep_alive;
    d.is_routed = false;
    d.is_whole = true;
    d.answer.reset();
    if (common.keep_alive) d.in.next();
    c.enter(phase::answering, steady_clock::time_point::max());
}

void go_on(connection& c, listener& l) {
    desk& d = *c.at;
    while (!d.is_closing) {
        d.due = next::write;
        if (is_batch_full(d.out)) return;
        const progress p = d.is_routed ? d.in.body() : d.in.head();
        d.due = next::read;
        if (p == progress::needs_more) return;
        if (p == progress::refused) {
            refuse(c, l, d.in.refused());
        } else if (!d.is_routed) {
            find_route(c, l);
        } else if (is_answered_at_once(d, l)) {
            finish(c, l);
        } else {
            d.due = next::ask;
            return;
        }
    }
    d.due = next::close;
}

}  // namespace weir::http
