// The JSON body of a write, checked against the write's declaration. Pure.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/policy/value.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Tells the client what is wrong with which field. An empty field means the body as a whole.
struct field_problem {
    std::string field;
    std::string why;
};

struct body_values {
    std::vector<sql_value> values;        // in the write's order; valid only without problems
    std::vector<field_problem> problems;  // every wrong field at once
    bool is_malformed = false;            // not JSON, or not an object: 400 rather than 422
};

// Reads the body of `w`. `path_values` are the write's path parameters, normalised, which come first in its
// order. An absent field takes its default, or is SQL's null. An empty text counts as {}, so that a DELETE
// needs no body. A write whose fields are all optional needs at least one of them, unless it is a create: it
// answers 201, or is a POST to a path without parameters.
body_values read_body(const write& w, std::span<const std::string> path_values, std::string_view json);

}  // namespace weir
