#include "weir/base/path_pattern.hpp"

#include "weir/base/ascii.hpp"
#include "weir/base/placeholder.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace weir {
namespace {

bool is_literal(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' ||
               c == '~';
    });
}

path_pattern::segment parse_segment(std::string_view part) {
    if (part.empty()) throw std::invalid_argument("a path has no empty segment and no slash at its end");
    if (part.front() == '{' && placeholder_end(part, 0) == part.size()) {
        std::string name = placeholder_name(part);
        if (!is_declarable_name(name)) throw std::invalid_argument("there is no name in the braces");
        return {true, std::move(name)};
    }
    if (part == "." || part == ".." || !is_literal(part)) {
        throw std::invalid_argument("a segment is either {name} or letters, digits, '-', '.', '_' and '~'");
    }
    return {false, std::string{part}};
}

// Returns where the segment that begins at `at` ends. A name in braces may have a slash.
std::size_t segment_end(std::string_view text, std::size_t at) {
    if (text.substr(at, 1) == "{") at = std::min(placeholder_end(text, at), text.size());
    return std::min(text.find('/', at), text.size());
}

}  // namespace

std::vector<std::string> path_pattern::names() const {
    std::vector<std::string> out;
    for (const auto& s : segments) {
        if (s.is_parameter) out.push_back(s.text);
    }
    return out;
}

bool path_pattern::same_shape(const path_pattern& other) const {
    return std::equal(segments.begin(), segments.end(), other.segments.begin(), other.segments.end(),
                      [](const segment& a, const segment& b) {
                          return a.is_parameter == b.is_parameter && (a.is_parameter || a.text == b.text);
                      });
}

bool path_pattern::overlaps(const path_pattern& other) const {
    return std::equal(segments.begin(), segments.end(), other.segments.begin(), other.segments.end(),
                      [](const segment& a, const segment& b) {
                          return a.is_parameter || b.is_parameter || a.text == b.text;
                      });
}

path_pattern parse_path_pattern(std::string_view text) {
    if (text.empty() || text.front() != '/') throw std::invalid_argument("a path begins with a slash");
    path_pattern made;
    made.text = text;
    for (std::size_t begin = 1; begin <= text.size();) {
        const std::size_t end = segment_end(text, begin);
        made.segments.push_back(parse_segment(text.substr(begin, end - begin)));
        begin = end + 1;
    }
    const auto names = made.names();
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (std::count(names.begin(), names.end(), names[i]) > 1) {
            throw std::invalid_argument("the name {" + names[i] + "} stands in the path twice");
        }
    }
    return made;
}

}  // namespace weir
