// Describes the requests of a resource or a write: a method, a path and typed parameters. Pure data.
#pragma once

#include "weir/base/path_pattern.hpp"
#include "weir/policy/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class parameter_source { path, query, body };

struct parameter {
    std::string name;
    parameter_source source = parameter_source::path;
    value_rule rule;
    bool required = true;
    std::optional<std::string> default_value;  // normalised; for an absent query parameter or body field
    // Sent as the base64url of its value (cursor.hpp). The rule is the value's. The default may be empty,
    // which stands for the beginning.
    bool is_cursor = false;
};

enum class route_method { get, post, put, patch, del };

// Returns the method as it is sent.
constexpr std::string_view text_of(route_method m) {
    constexpr std::string_view texts[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    return texts[static_cast<std::size_t>(m)];
}

struct route {
    std::string name;  // [a-z0-9_]; the label in metrics and logs
    route_method method = route_method::get;
    path_pattern path;
    std::vector<parameter> parameters;  // values are always kept in this order; of a write: path, then body
    // Names of query parameters. When not empty, only a request that gives one of them is this route's.
    std::vector<std::string> when;
};

}  // namespace weir
