// The two route tables of Weir, made from the policy. Called once per worker; what is passed by reference
// must outlive the router, and reader and writer must belong to that worker.
#pragma once

#include "weir/api/health.hpp"
#include "weir/base/time.hpp"
#include "weir/cache/explain.hpp"
#include "weir/cache/reader.hpp"
#include "weir/cache/write_path.hpp"
#include "weir/http/router.hpp"
#include "weir/policy/policy.hpp"

#include <string>
#include <string_view>

namespace weir {
class metrics_registry;
}

namespace weir::api {

// The header fields of an answer, 200 or 304, in that form that do not change while its entry lives. L1 keeps
// them with the entry, and with each variant.
std::string constant_head(const cacheable& how, const entry_facts& e, std::string_view etag, coding sent_in);

// GET of every resource, /healthz, /readyz. `request_timeout` is the budget of all cache work of one request.
http::router public_routes(const policy_ptr& declared, reader& from, health_check health,
                           milliseconds request_timeout, metrics_registry& metrics);

// Every write, POST /admin/v1/invalidate, GET /admin/v1/explain; and, open to all who reach the admin
// listener because scrapers and probes carry no token, GET /metrics, /healthz and /readyz. Any other path
// without the token is a 401, known or not. Throws std::invalid_argument for an empty token.
http::router admin_routes(const policy_ptr& declared, writer& to, explainer& of, std::string bearer,
                          health_check health, metrics_text text, milliseconds request_timeout);

}  // namespace weir::api
