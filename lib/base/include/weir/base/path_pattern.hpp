// "/v1/products/{id}": literal segments and named ones. A named segment matches one non-empty path segment.
// Pure.
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

    std::vector<std::string> names() const;  // of the parameters, in order

    // Whether both have the same literals in the same positions, whatever their parameters are called.
    bool same_shape(const path_pattern& other) const;

    // Whether some path matches both.
    bool overlaps(const path_pattern& other) const;
};

// Throws std::invalid_argument with a message for the author of the configuration. Literals are unreserved
// characters (RFC 3986) only, so that they are the same encoded and decoded.
path_pattern parse_path_pattern(std::string_view text);

}  // namespace weir
