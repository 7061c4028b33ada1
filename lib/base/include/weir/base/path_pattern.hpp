// A pattern of paths such as "/v1/products/{id}": literal segments and named ones. A named segment matches
// one non-empty segment of a path. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct path_pattern {
    struct segment {
        bool is_parameter = false;
        std::string text;  // the literal, or the parameter's name
    };
    std::string text;  // as written
    std::vector<segment> segments;

    std::vector<std::string> names() const;  // of the parameters, in their order

    // Returns whether both patterns have the same literals at the same positions, whatever the names of their
    // parameters.
    bool same_shape(const path_pattern& other) const;

    // Returns whether at least one path matches both patterns.
    bool overlaps(const path_pattern& other) const;
};

// Parses a pattern. Throws std::invalid_argument with a message for the author of the configuration. Literals
// may only have unreserved characters (RFC 3986), so that they are the same encoded and decoded.
path_pattern parse_path_pattern(std::string_view text);

}  // namespace weir
