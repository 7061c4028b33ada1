#include "weir/api/routes.hpp"

#include "weir/base/path_pattern.hpp"

#include "explain_endpoint.hpp"
#include "health_endpoint.hpp"
#include "read_endpoint.hpp"
#include "token_gate.hpp"
#include "write_endpoint.hpp"

#include <utility>

namespace weir::api {
namespace {

void add(std::vector<http::route>& to, path_pattern path, http::method what, std::string label,
         std::vector<http::gate*> gates, std::unique_ptr<http::endpoint> target,
         std::vector<std::string> when = {}) {
    to.push_back({.path = std::move(path),
                  .what = what,
                  .label = std::move(label),
                  .gates = std::move(gates),
                  .when = std::move(when),
                  .target = std::move(target)});
}

http::method method_of(route_method m) {
    return http::method_of(text_of(m));
}

void add_health(std::vector<http::route>& to, health_check health) {
    add(to, parse_path_pattern("/healthz"), http::method::get, "healthz", {},
        std::make_unique<liveness_endpoint>());
    add(to, parse_path_pattern("/readyz"), http::method::get, "readyz", {},
        std::make_unique<readiness_endpoint>(std::move(health)));
}

}  // namespace

http::router public_routes(const policy_ptr& declared, reader& from, health_check health,
                           milliseconds request_timeout, metrics_registry& metrics) {
    std::vector<http::route> routes;
    for (const resource& r : declared->resources) {
        add(routes, r.path, http::method::get, r.name, {},
            std::make_unique<read_endpoint>(resource_of(declared, r), declared->compress, from,
                                            request_timeout, metrics),
            r.when);
    }
    add_health(routes, std::move(health));
    return http::router{std::move(routes)};
}

http::router admin_routes(const policy_ptr& declared, writer& to, explainer& of, std::string bearer,
                          health_check health, metrics_text text, milliseconds request_timeout) {
    auto only_with_token = std::make_unique<token_gate>(std::move(bearer));
    http::gate* const token = only_with_token.get();
    std::vector<http::route> routes;
    for (const write& w : declared->writes) {
        add(routes, w.path, method_of(w.method), w.name, {token},
            std::make_unique<write_endpoint>(w, to, request_timeout));
    }
    add(routes, parse_path_pattern("/admin/v1/invalidate"), http::method::post, "invalidate", {token},
        std::make_unique<invalidate_endpoint>(declared, to, request_timeout));
    add(routes, parse_path_pattern("/admin/v1/explain"), http::method::get, "explain", {token},
        std::make_unique<explain_endpoint>(declared, of));
    add(routes, parse_path_pattern("/metrics"), http::method::get, "metrics", {},
        std::make_unique<metrics_endpoint>(std::move(text)));
    add_health(routes, std::move(health));
    http::gate_list gates{.all = {}, .for_unknown = {token}};
    gates.all.push_back(std::move(only_with_token));
    return http::router{std::move(routes), std::move(gates)};
}

}  // namespace weir::api
