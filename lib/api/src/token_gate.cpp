#include "token_gate.hpp"

#include "weir/base/hash.hpp"
#include "weir/http/problem.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace weir::api {
namespace {

// Returns "x" of "Bearer x". The scheme may be in any case (RFC 9110, 11.1).
std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() < scheme.size()) return {};
    if (!boost::beast::iequals({authorization.data(), scheme.size()}, {scheme.data(), scheme.size()}))
        return {};
    authorization.remove_prefix(scheme.size());
    authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
    return authorization;
}

}  // namespace

token_gate::token_gate(std::string token) : token_(std::move(token)) {
    if (token_.empty()) throw std::invalid_argument("the admin listener needs a token");
}

std::variant<http::verdict, awaitable<http::verdict>> token_gate::judge(const http::call& c,
                                                                        http::response& out) {
    if (equal_secret(bearer_token(c.from.authorization), token_)) return http::verdict::pass;
    out.field("WWW-Authenticate", "Bearer realm=\"weir\"");
    problem(out, 401, "this listener answers only with its bearer token");
    return http::verdict::refuse;
}

}  // namespace weir::api
