// GET /admin/v1/explain?path=/v1/products/p1: what each tier holds of the answer to a GET of that path.
//
// `path` is the last parameter: everything after it is the target to explain, so that a target with a query
// may be pasted as it is. Runs on the control side's executor, and changes nothing.
#pragma once

#include "weir/cache/explain.hpp"
#include "weir/http/endpoint.hpp"
#include "weir/http/router.hpp"

#include "parameters.hpp"

#include <map>
#include <string>
#include <string_view>

namespace weir::api {

class explain_endpoint final : public http::endpoint {
 public:
    // Makes an endpoint, which `from` outlives.
    explain_endpoint(policy_ptr declared, explainer& from);

    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;

 private:
    struct known {
        const resource& what;
        parameter_reader parameters;
    };

    awaitable<void> explain(const known& one, std::vector<std::string> values, http::response& out);

    const policy_ptr declared_;
    explainer& from_;
    http::router routes_;                 // the public ones, without targets
    std::map<std::string, known> known_;  // by name, which is the routes' label
};

// Returns the explanation as JSON.
std::string explanation_text(const policy& declared, const resource& what, const explanation& e);

}  // namespace weir::api
