#include "write_endpoint.hpp"

#include "weir/http/problem.hpp"
#include "weir/policy/body.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

namespace weir::api {
namespace {

std::string as_json(const std::vector<std::string>& keys) {
    boost::json::array list;
    for (const std::string& key : keys) list.emplace_back(key);
    return boost::json::serialize(list);
}

void done(http::response& out, unsigned status, std::string body) {
    out.status = status;
    out.body = std::move(body);
    out.field("Content-Type", "application/json");
    out.field("Cache-Control", "no-store");
}

void refuse(http::response& out, const body_values& read) {
    std::vector<http::refused_value> refused;
    for (const field_problem& p : read.problems) {
        refused.push_back({.name = p.field.empty() ? "(body)" : p.field, .why = p.why});
    }
    problem(out, read.is_malformed ? 400 : 422, http::named_by::field, refused);
}

// Returns what the database said. Without a word of its own, says what kind of refusal it was.
std::string detail_of(const write_failure& failure, std::string_view kind) {
    if (failure.reason.empty()) return std::string{kind};
    return failure.is_reason_complete ? failure.reason : std::string{kind} + ": " + failure.reason;
}

void failed(http::response& out, const write_failure& failure) {
    if (failure == errc::conflict)
        return problem(out, 409, detail_of(failure, "the write collides with an existing row"));
    if (failure == errc::constraint)
        return problem(out, 422, detail_of(failure, "a value breaks a constraint of the table"));
    if (failure == errc::forbidden)
        return problem(out, 403, detail_of(failure, "a policy of the table does not allow such a row"));
    if (failure == errc::malformed) {
        return problem(out, 422, "a value is malformed or out of the range of its type");
    }
    if (failure == errc::outcome_unknown) {
        return problem(out, 500,
                       "the connection to the database was lost while committing: whether the write was done "
                       "is unknown; "
                       "if it was, the cached copies that it touches are invalidated all the same");
    }
    problem(out, failure.why);
}

}  // namespace

write_endpoint::write_endpoint(const write& what, writer& to, milliseconds request_timeout)
    : what_(what), to_(to), request_timeout_(request_timeout), path_(what.path, what.parameters) {}

std::optional<awaitable<void>> write_endpoint::respond(const http::call& c, http::response& out) {
    const gathered named = path_.read(c.segments, {});
    if (!named.refused.empty()) {
        problem(out, 400, http::named_by::parameter, named.refused);
        return std::nullopt;
    }
    body_values read = read_body(what_, named.values, c.from.body);
    if (read.is_malformed || !read.problems.empty()) {
        refuse(out, read);
        return std::nullopt;
    }
    return apply(std::move(read.values), out);
}

awaitable<void> write_endpoint::apply(std::vector<sql_value> values, http::response& out) {
    const auto receipt = co_await to_.perform(what_, std::move(values), deadline::in(request_timeout_));
    if (!receipt) {
        failed(out, receipt.error());
    } else if (!receipt->row) {
        problem(out, 404, "there is no such row");
    } else {
        done(out, what_.success_status,
             R"({"row":)" + *receipt->row + R"(,"invalidated":)" + as_json(receipt->invalidated) +
                 R"(,"invalidation":")" + (receipt->is_pending ? "pending" : "done") + R"("})");
    }
}

}  // namespace weir::api
