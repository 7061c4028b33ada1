#include "read_endpoint.hpp"

#include "weir/http/routes.hpp"

#include "conditional.hpp"
#include "negotiation.hpp"
#include "number.hpp"
#include "problem.hpp"

#include <prometheus/family.h>

#include <utility>

namespace weir::http {

namespace {

std::array<prometheus::Counter*, outcome_names.size()> counters(const resource& what,
                                                                metrics_registry& metrics) {
    auto& family = prometheus::BuildCounter()
                       .Name("weir_http_answers_total")
                       .Help("Answers to GETs of resources, by how the cache came by them.")
                       .Register(metrics);
    std::array<prometheus::Counter*, outcome_names.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = &family.Add({{"resource", what.name}, {"outcome", std::string{outcome_names[i]}}});
    }
    return out;
}

}  // namespace

read_endpoint::read_endpoint(const resource& what, reader& from, milliseconds request_timeout,
                             metrics_registry& metrics)
    : what_(what),
      from_(from),
      request_timeout_(request_timeout),
      parameters_(what.path, what.parameters),
      counters_(counters(what, metrics)),
      reporter_(metrics, [this] { report(); }) {}

// A hit in L1 needs nobody. Whatever else comes up, a refusal included, is respond()'s.
bool read_endpoint::respond_now(const call& c, response& out) {
    if (!accepts_json(c.from.accept)) return false;
    parameters_.read(c.segments, c.from.query, asked_);
    if (!asked_.refused.empty()) return false;
    const auto found = from_.find(what_, asked_.values, c.now);
    if (!found) return false;
    finish(c, *found, out, c.now.unix);
    return true;
}

awaitable<void> read_endpoint::respond(const call& c, response& out) {
    if (!accepts_json(c.from.accept)) {
        problem(out, 406, "this resource is application/json only");
        co_return;
    }
    gathered asked = parameters_.read(c.segments, c.from.query);
    if (!asked.refused.empty()) {
        problem(out, 400, named_by::parameter, asked.refused);
        co_return;
    }
    const auto got = co_await from_.fetch(what_, std::move(asked.values), deadline::in(request_timeout_));
    if (got) {
        finish(c, *got, out, unix_now());
    } else {
        problem(out, got.error());
        count(outcome::error, out);
    }
}

void read_endpoint::finish(const call& c, const answer& got, response& out, unix_ms now) {
    count(outcome_of(got), out);
    describe(what_, got, c.from.if_none_match, now, out);
}

void read_endpoint::count(outcome how, response& out) {
    answers_[static_cast<std::size_t>(how)].add();
    out.outcome = name(how);
}

void read_endpoint::report() {
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        counters_[i]->Increment(static_cast<double>(answers_[i].unreported()));
    }
}

std::string constant_head(const resource& what, const entry& e) {
    response head;
    if (!grants_copies(what)) head.field("Cache-Control", cache_control(what, e, e.load_start));
    const bool has_tag = e.kind == entry_kind::value && !what.is_private;
    if (has_tag) head.field("ETag", '"' + e.etag + '"');
    return std::move(head.fields);
}

void describe(const resource& what, const answer& got, std::string_view if_none_match, unix_ms now,
              response& out) {
    const entry& e = *got.content;
    out.fields += "Cache-Status: ";
    add_cache_status(got, now, out.fields);
    out.fields += "\r\n";
    if (e.kind == entry_kind::absence) {
        const std::string as_declared = cache_control(what, e, now);
        problem(out, 404, "there is no such " + what.name, as_declared);
    } else {
        out.fields += e.head.empty() ? constant_head(what, e) : e.head;
        if (grants_copies(what)) out.field("Cache-Control", cache_control(what, e, now));
        if (!what.is_private && !if_none_match.empty() && names_etag(if_none_match, e.etag)) {
            out.status = 304;
        } else {
            out.field("Content-Type", "application/json");
            out.content = got.content;
        }
    }
    if (what.is_private) return;
    out.fields += "Age: ";
    add_number(age_of(e, now).count(), out.fields);
    out.fields += "\r\n";
}

}  // namespace weir::http
