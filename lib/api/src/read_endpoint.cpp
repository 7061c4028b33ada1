#include "read_endpoint.hpp"

#include "weir/api/compress.hpp"
#include "weir/api/routes.hpp"
#include "weir/http/problem.hpp"
#include "weir/http/text_writer.hpp"

#include <prometheus/family.h>

#include <algorithm>
#include <utility>

namespace weir::api {
namespace {

// The longest Accept-Encoding field that is remembered; those of browsers have about 25 bytes.
constexpr std::size_t asked_bytes_max = 128;

// The largest body that is compressed while a client waits, which takes some milliseconds.
constexpr std::size_t compressed_at_once_max = 256U << 10U;

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

std::array<prometheus::Counter*, compressed_codings.size()> coded_counters(metrics_registry& metrics) {
    auto& family = prometheus::BuildCounter()
                       .Name("weir_http_coded_answers_total")
                       .Help("Bodies sent in a coding; the others were sent as they are.")
                       .Register(metrics);
    std::array<prometheus::Counter*, compressed_codings.size()> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        out[i] = &family.Add({{"coding", std::string{weir::name(compressed_codings[i])}}});
    }
    return out;
}

std::string names_of(const std::vector<parameter>& all) {
    std::string names = "one of";
    for (const parameter& p : all) names += (&p == &all.front() ? " " : ", ") + p.name;
    return all.size() == 1 ? all.front().name : names;
}

bool is_compressed(const resource& what) {
    return what.cached && what.cached->is_compressed;
}

}  // namespace

read_endpoint::read_endpoint(resource_ptr what, const compression& offered, reader& from,
                             milliseconds request_timeout, metrics_registry& metrics)
    : what_(std::move(what)),
      offered_(offered),
      from_(from),
      request_timeout_(request_timeout),
      parameters_(what_->path, what_->parameters),
      counters_(counters(*what_, metrics)),
      coded_counters_(coded_counters(metrics)),
      reporter_(metrics, [this] { report(); }) {}

// Returns the codings that the client admits. For a resource that is never compressed that is identity,
// whatever the field says.
accepted_codings read_endpoint::accepted_by(const http::request& r) {
    if (r.accept_encoding.empty() || !is_compressed(*what_)) return accepted_codings::only_identity();
    if (r.accept_encoding.size() > asked_bytes_max) return codings_of(r.accept_encoding, offered_);
    if (r.accept_encoding != last_asked_) {
        last_asked_.assign(r.accept_encoding);
        last_accepted_ = codings_of(r.accept_encoding, offered_);
    }
    return last_accepted_;
}

// Answers a hit in L1 at once. A client that does not take the plain body is left to the coroutine, since a
// body may have to be compressed for it.
std::optional<awaitable<void>> read_endpoint::respond(const http::call& c, http::response& out) {
    if (!accepts_json(c.from.accept)) {
        problem(out, 406, "this resource is available as application/json only");
        return std::nullopt;
    }
    const accepted_codings accepted = accepted_by(c.from);
    if (accepted.is_empty()) {
        refuse_coding(out, "this resource is not available in any coding that Accept-Encoding admits");
        return std::nullopt;
    }
    parameters_.read(c.segments, c.from.query, asked_);
    if (!asked_.refused.empty()) {
        problem(out, 400, http::named_by::parameter, asked_.refused);
        return std::nullopt;
    }
    if (accepted.admits(coding::identity)) {
        if (const auto found = from_.find(what_, asked_.values, c.now)) {
            finish(c, asked_.values, *found, accepted, out, c.now.unix);
            return std::nullopt;
        }
    }
    return fetch(c, asked_.values, accepted, out);
}

awaitable<void> read_endpoint::fetch(const http::call& c, std::vector<std::string> values,
                                     accepted_codings accepted, http::response& out) {
    const auto until = deadline::in(request_timeout_);
    result<answer> got = errc::timeout;
    if (accepted.admits(coding::identity)) {
        got = co_await from_.fetch(what_, values, until);
    } else {
        got = co_await from_.get(what_, values, until);
    }
    if (got) {
        finish(c, values, *got, accepted, out, unix_now());
    } else {
        refuse(got.error(), out);
    }
}

// Answers an error. A path value that is not of the column's type names nothing, so that is a 404. Such a
// value in the query makes a 400. Nothing was stored, so clients must not keep either answer.
void read_endpoint::refuse(const error_code& why, http::response& out) {
    count(outcome::error, out);
    if (why != errc::malformed) return problem(out, why);
    const auto is_in_path = [](const parameter& p) { return p.source == parameter_source::path; };
    if (std::all_of(what_->parameters.begin(), what_->parameters.end(), is_in_path)) {
        return problem(out, 404, "there is no such " + what_->name + ": a value in the path is malformed",
                       "no-store");
    }
    problem(out, 400, "a parameter is malformed or out of range: " + names_of(what_->parameters));
}

void read_endpoint::finish(const http::call& c, const std::vector<std::string>& values, const answer& got,
                           const accepted_codings& accepted, http::response& out, unix_ms now) {
    count(outcome_of(got), out);
    const entry& e = *got.content;
    const representation sent = choose_representation(e, accepted, c.from.if_none_match, offered_.bytes_min);
    if (sent.wanted) from_.want(what_, values, got.content, *sent.wanted);
    if (sent.must_be_made() && e.body().size() > compressed_at_once_max) {
        return refuse_coding(
            out, "this answer is not available in that coding yet; accept identity, or retry later");
    }
    describe(*what_, got, sent, now, out);
    if (!out.shared || sent.how == coding::identity) return;
    coded_[static_cast<std::size_t>(sent.how)].add();
    if (!sent.must_be_made()) return;
    out.body = compress(sent.how, e.body(), offered_.level(sent.how));
    out.shared.reset();
}

void read_endpoint::refuse_coding(http::response& out, std::string_view why) const {
    out.field("Vary", "Accept-Encoding");
    problem(out, 406, why);
}

void read_endpoint::count(outcome how, http::response& out) {
    answers_[static_cast<std::size_t>(how)].add();
    out.outcome = name(how);
}

void read_endpoint::report() {
    for (std::size_t i = 0; i < answers_.size(); ++i) {
        counters_[i]->Increment(static_cast<double>(answers_[i].unreported()));
    }
    for (std::size_t i = 0; i < coded_.size(); ++i) {
        coded_counters_[i]->Increment(static_cast<double>(coded_[i].unreported()));
    }
}

std::string constant_head(const cacheable& how, const entry_facts& e, std::string_view etag, coding sent_in) {
    http::response head;
    if (!grants_copies(how)) head.field("Cache-Control", cache_control(how, e, e.load_start));
    if (how.is_compressed) head.field("Vary", "Accept-Encoding");
    if (e.kind == entry_kind::value) {
        head.field("ETag", '"' + std::string{etag} + std::string{etag_suffix(sent_in)} + '"');
    }
    return std::move(head.fields);
}

namespace {

void add_constant_head(const cacheable& how, const entry& e, const representation& sent, std::string& to) {
    if (sent.made != nullptr) {
        to += sent.made->head;
    } else if (sent.how == coding::identity && !e.head().empty()) {
        to += e.head();
    } else {
        to += constant_head(how, e, e.etag(), sent.how);
    }
}

// Writes Age in one piece, as nearly every answer has it.
void add_age(const entry& e, unix_ms now, std::string& to) {
    char text[16 + http::number_bytes_max];
    to.append(text, http::text_writer{text}.put("Age: ").put(age_of(e, now).count()).put("\r\n").at());
}

void describe_absence(const resource& what, const entry& e, unix_ms now, http::response& out) {
    const std::string control =
        what.cached ? cache_control(*what.cached, e, now) : std::string{private_cache_control};
    problem(out, 404, "there is no such " + what.name, control);
    if (is_compressed(what)) out.field("Vary", "Accept-Encoding");
}

void add_content_type(const entry& e, http::response& out) {
    if (e.content_type().empty()) {
        out.fields += "Content-Type: application/json\r\n";
    } else {
        out.field("Content-Type", e.content_type());
    }
}

void describe_value(const resource& what, const answer& got, const representation& sent, unix_ms now,
                    http::response& out) {
    const entry& e = *got.content;
    if (what.cached) {
        add_constant_head(*what.cached, e, sent, out.fields);
        if (grants_copies(*what.cached)) out.field("Cache-Control", cache_control(*what.cached, e, now));
        if (sent.is_held) {
            out.status = 304;
            return;
        }
    } else {
        out.field("Cache-Control", private_cache_control);
    }
    add_content_type(e, out);
    if (sent.how != coding::identity) out.field("Content-Encoding", name(sent.how));
    out.shared = {got.content, sent.made != nullptr ? std::string_view{sent.made->body} : e.body()};
}

}  // namespace

void describe(const resource& what, const answer& got, const representation& sent, unix_ms now,
              http::response& out) {
    out.fields += "Cache-Status: ";
    add_cache_status(got, now, out.fields);
    out.fields += "\r\n";
    if (got.content->kind() == entry_kind::absence) {
        describe_absence(what, *got.content, now, out);
    } else {
        describe_value(what, got, sent, now, out);
    }
    if (what.cached) add_age(*got.content, now, out.fields);
}

}  // namespace weir::api
