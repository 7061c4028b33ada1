// The functions of the application that the health endpoints call.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace weir::api {

struct dependency_state {
    std::string name;
    bool is_up = false;
    std::string detail;       // for people; it is public, so no addresses and no secrets
    bool is_required = true;  // whether Weir cannot serve without it; readyz answers 503 only for these
};

// Returns the state of each dependency. Several workers may call it at once.
using health_check = std::function<std::vector<dependency_state>()>;

// Returns the Prometheus text of GET /metrics. Several workers may call it at once.
using metrics_text = std::function<std::string()>;

}  // namespace weir::api
