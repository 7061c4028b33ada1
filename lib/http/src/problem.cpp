#include "weir/http/problem.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace weir::http {
namespace {

namespace json = boost::json;

// Of the values that one request has wrong. A body of a megabyte may have hundreds of thousands.
constexpr std::size_t listed_max = 100;

// Long enough for a dependency to return or a queue to empty, short enough not to be noticed.
constexpr std::string_view retry_after_seconds = "1";

json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

void write(response& out, unsigned status, std::string_view detail, std::string_view cache_control,
           json::array errors) {
    const auto title = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    json::object body;
    body["type"] = "about:blank";
    body["title"] = json::string_view{title.data(), title.size()};
    body["status"] = status;
    body["detail"] = view(detail);
    if (!errors.empty()) body["errors"] = std::move(errors);

    out.status = status;
    out.shared.reset();
    out.body = json::serialize(body);
    out.field("Content-Type", "application/problem+json");
    out.field("Cache-Control", cache_control);
    if (status == 503) out.field("Retry-After", retry_after_seconds);
}

}  // namespace

void problem(response& out, unsigned status, std::string_view detail, std::string_view cache_control) {
    write(out, status, detail, cache_control, {});
}

void problem(response& out, unsigned status, named_by what, std::span<const refused_value> refused) {
    const std::string kind = what == named_by::parameter ? "parameter" : "field";
    std::string detail;
    json::array errors;
    for (const refused_value& r : refused.first(std::min(refused.size(), listed_max))) {
        if (!detail.empty()) detail += "; ";
        detail += kind + " " + r.name + " " + r.why;
        json::object error;
        error[kind] = r.name;
        error["detail"] = r.why;
        errors.push_back(std::move(error));
    }
    if (refused.size() > listed_max) {
        const std::string more = "and " + std::to_string(refused.size() - listed_max) + " more";
        detail += "; " + more;
        errors.push_back(json::object{{"detail", more}});
    }
    write(out, status, detail, "no-store", std::move(errors));
}

void problem(response& out, const error_code& failure) {
    if (failure == errc::overloaded)
        return problem(out, 503, "too many requests are waiting for the data; retry later");
    if (failure == errc::unavailable)
        return problem(out, 503, "the data is unavailable at the moment; retry later");
    if (failure == errc::timeout) return problem(out, 503, "the request timed out; retry later");
    if (failure == errc::cancelled) return problem(out, 503, "this node is shutting down; retry later");
    problem(out, 500, "the request failed; the log of the server says why");
}

}  // namespace weir::http
