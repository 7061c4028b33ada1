// The endpoints of a declared write and of the manual invalidation. A gate has checked the token before.
//
// They run on the control side's executor. When a shutdown reaches its deadline they are cancelled, and the
// write path decides how far a write goes. A write that was committed stays committed, and the outbox
// delivers its deletes.
#pragma once

#include "weir/cache/write_path.hpp"
#include "weir/http/endpoint.hpp"

#include "parameters.hpp"

#include <string>

namespace weir::api {

class write_endpoint final : public http::endpoint {
 public:
    // Makes an endpoint. `what` and `to` outlive it.
    write_endpoint(const write& what, writer& to, milliseconds request_timeout);

    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;

 private:
    awaitable<void> apply(std::vector<sql_value> values, http::response& out);

    const write& what_;
    writer& to_;
    milliseconds request_timeout_;
    parameter_reader path_;
};

class invalidate_endpoint final : public http::endpoint {
 public:
    // Makes an endpoint, which `to` outlives.
    invalidate_endpoint(policy_ptr declared, writer& to, milliseconds request_timeout);

    std::optional<awaitable<void>> respond(const http::call& c, http::response& out) override;

 private:
    awaitable<void> invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                               http::response& out);

    const policy_ptr declared_;
    writer& to_;
    milliseconds request_timeout_;
};

}  // namespace weir::api
