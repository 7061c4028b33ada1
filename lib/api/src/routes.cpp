#include "weir/api/routes.hpp"

#include "weir/base/hash.hpp"
#include "weir/base/path_pattern.hpp"
#include "weir/http/problem.hpp"

#include "explain_endpoint.hpp"
#include "health_endpoint.hpp"
#include "read_endpoint.hpp"
#include "write_endpoint.hpp"

#include <boost/beast/core/string.hpp>

#include <stdexcept>
#include <utility>

namespace weir::api {
namespace {

void add(std::vector<http::route>& to, path_pattern path, http::method what, std::string label, bool is_open,
         std::unique_ptr<http::endpoint> target, std::vector<std::string> when = {}) {
    to.push_back({.path = std::move(path),
                  .what = what,
                  .label = std::move(label),
                  .is_open = is_open,
                  .when = std::move(when),
                  .target = std::move(target)});
}

void add_health(std::vector<http::route>& to, health_check health) {
    add(to, parse_path_pattern("/healthz"), http::method::get, "healthz", true,
        std::make_unique<liveness_endpoint>());
    add(to, parse_path_pattern("/readyz"), http::method::get, "readyz", true,
        std::make_unique<readiness_endpoint>(std::move(health)));
}

// "Bearer x", the scheme in any case (RFC 9110, 11.1) → "x"
std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size()) return {};
    if (!boost::beast::iequals({authorization.data(), scheme.size()}, {scheme.data(), scheme.size()}))
        return {};
    authorization.remove_prefix(scheme.size());
    authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
    return authorization;
}

http::router::guard only_with(std::string token) {
    return [expected = std::move(token)](const http::request& r, http::response& out) {
        if (equal_secret(bearer_token(r.authorization), expected)) return true;
        out.field("WWW-Authenticate", "Bearer realm=\"weir\"");
        problem(out, 401, "this listener answers only with its bearer token");
        return false;
    };
}

}  // namespace

http::router public_routes(const policy& declared, reader& from, health_check health,
                           milliseconds request_timeout, metrics_registry& metrics) {
    std::vector<http::route> routes;
    for (const resource& r : declared.resources) {
        add(routes, r.path, http::method::get, r.name, true,
            std::make_unique<read_endpoint>(r, declared.compress, from, request_timeout, metrics), r.when);
    }
    add_health(routes, std::move(health));
    return http::router{std::move(routes)};
}

http::router admin_routes(const policy& declared, writer& to, explainer& of, std::string token,
                          health_check health, metrics_text text, milliseconds request_timeout) {
    if (token.empty()) throw std::invalid_argument("the admin listener needs a token");
    std::vector<http::route> routes;
    for (const write& w : declared.writes) {
        add(routes, w.path, w.method == write_method::post ? http::method::post : http::method::del, w.name,
            false, std::make_unique<write_endpoint>(w, to, request_timeout));
    }
    add(routes, parse_path_pattern("/admin/v1/invalidate"), http::method::post, "invalidate", false,
        std::make_unique<invalidate_endpoint>(declared, to, request_timeout));
    add(routes, parse_path_pattern("/admin/v1/explain"), http::method::get, "explain", false,
        std::make_unique<explain_endpoint>(declared, of));
    add(routes, parse_path_pattern("/metrics"), http::method::get, "metrics", true,
        std::make_unique<metrics_endpoint>(std::move(text)));
    add_health(routes, std::move(health));
    return http::router{std::move(routes), only_with(std::move(token))};
}

}  // namespace weir::api
