// Lets only requests pass that carry the bearer token (RFC 6750). Runs on the executor of its router.
#pragma once

#include "weir/http/gate.hpp"

#include <string>

namespace weir::api {

class token_gate final : public http::gate {
 public:
    // Throws std::invalid_argument for an empty token.
    explicit token_gate(std::string token);

    std::variant<http::verdict, awaitable<http::verdict>> judge(const http::call& c,
                                                                http::response& out) override;

 private:
    std::string token_;
};

}  // namespace weir::api
