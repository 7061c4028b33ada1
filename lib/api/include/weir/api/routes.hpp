// Makes Weir's two route tables from the policy, once per worker. What is passed by reference must outlive
// the router. The reader and the writer must belong to that worker.
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

// Returns those header fields of a 200 or 304 that do not change while its entry lives. L1 stores them with
// the entry, and with each variant.
std::string constant_head(const cacheable& how, const entry_facts& e, std::string_view etag, coding sent_in);

// Returns the routes of the public listener: GET of every resource, /healthz and /readyz. `request_timeout`
// bounds all cache work of one request.
http::router public_routes(const policy_ptr& declared, reader& from, health_check health,
                           milliseconds request_timeout, metrics_registry& metrics);

// Returns the routes of the admin listener: every write, POST /admin/v1/invalidate, GET /admin/v1/explain,
// and GET /metrics, /healthz and /readyz. The last three need no token, since scrapers and probes carry none.
// Any other path without the token is a 401, known or not. Throws std::invalid_argument for an empty token.
http::router admin_routes(const policy_ptr& declared, writer& to, explainer& of, std::string bearer,
                          health_check health, metrics_text text, milliseconds request_timeout);

}  // namespace weir::api
