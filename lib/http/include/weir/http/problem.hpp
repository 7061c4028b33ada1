// Errors as clients see them: RFC 9457 problem details, not to be cached unless `cache_control` says so.
// Pure.
#pragma once

#include "weir/base/error.hpp"
#include "weir/http/endpoint.hpp"

#include <span>
#include <string>
#include <string_view>

namespace weir::http {

// One wrong value, by the name of its parameter or body field.
struct refused_value {
    std::string name;
    std::string why;  // "must be an integer"
};

enum class named_by { parameter, field };

// Makes `out` a problem. A 503 says when to retry.
void problem(response& out, unsigned status, std::string_view detail,
             std::string_view cache_control = "no-store");

// Makes `out` a problem that names every wrong value at once: errors[{"parameter"|"field", "detail"}]. The
// first 100 are listed, then one error says how many more there are.
void problem(response& out, unsigned status, named_by what, std::span<const refused_value> refused);

// Makes `out` the answer to a failed read or write: 503 if a retry may help, otherwise 500.
void problem(response& out, const error_code& failure);

}  // namespace weir::http
