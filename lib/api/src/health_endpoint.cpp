#include "health_endpoint.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace weir::api {
namespace {

namespace json = boost::json;

void answer_with(http::response& out, unsigned status, std::string_view type, std::string body) {
    out.status = status;
    out.body = std::move(body);
    out.field("Content-Type", type);
    out.field("Cache-Control", "no-store");
}

}  // namespace

std::optional<awaitable<void>> liveness_endpoint::respond(const http::call&, http::response& out) {
    answer_with(out, 200, "application/json", R"({"status":"ok"})");
    return std::nullopt;
}

std::optional<awaitable<void>> readiness_endpoint::respond(const http::call& c, http::response& out) {
    const auto states = check_ ? check_() : std::vector<dependency_state>{};
    const bool is_able = std::all_of(states.begin(), states.end(),
                                     [](const dependency_state& s) { return s.is_up || !s.is_required; });
    json::array dependencies;
    for (const dependency_state& s : states) {
        json::object one;
        one["name"] = s.name;
        one["state"] = s.is_up ? "up" : "down";
        one["required"] = s.is_required;
        if (!s.detail.empty()) one["detail"] = s.detail;
        dependencies.push_back(std::move(one));
    }
    json::object body;
    body["status"] = c.is_draining ? "draining" : is_able ? "ready" : "not ready";
    body["dependencies"] = std::move(dependencies);
    answer_with(out, is_able && !c.is_draining ? 200 : 503, "application/json", json::serialize(body));
    return std::nullopt;
}

std::optional<awaitable<void>> metrics_endpoint::respond(const http::call&, http::response& out) {
    answer_with(out, 200, "text/plain; version=0.0.4; charset=utf-8", text_ ? text_() : std::string{});
    return std::nullopt;
}

}  // namespace weir::api
