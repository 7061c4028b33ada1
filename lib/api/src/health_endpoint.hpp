// The endpoints that tell Weir's state. They never wait: they answer from what is already known.
#pragma once

#include "weir/api/health.hpp"
#include "weir/http/endpoint.hpp"

#include <utility>

namespace weir::api {

// GET /healthz: 200 while the process can answer at all.
class liveness_endpoint final : public http::endpoint {
 public:
    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;
};

// GET /readyz: 200 when requests should be sent here; 503 while draining or without a required dependency.
class readiness_endpoint final : public http::endpoint {
 public:
    explicit readiness_endpoint(health_check check) : check_(std::move(check)) {}
    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;

 private:
    health_check check_;
};

// GET /metrics.
class metrics_endpoint final : public http::endpoint {
 public:
    explicit metrics_endpoint(metrics_text text) : text_(std::move(text)) {}
    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;

 private:
    metrics_text text_;
};

}  // namespace weir::api
