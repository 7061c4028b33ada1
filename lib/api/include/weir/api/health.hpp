// What the health endpoints ask of the application.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace weir::api {

struct dependency_state {
    std::string name;
    bool is_up = false;
    std::string detail;       // for people; it is public, so no addresses and no secrets
    bool is_required = true;  // whether Weir is of no use without it; readyz answers 503 only for these
};

// Called on the worker that serves the request, so by several threads at once.
using health_check = std::function<std::vector<dependency_state>()>;

// The Prometheus text of GET /metrics. Called like health_check.
using metrics_text = std::function<std::string()>;

}  // namespace weir::api
