// The TOML file as a tree of values that know where they stand. The only file that sees toml++ is
// document.cpp.
#pragma once

#include "problems.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

enum class node_kind { text, integer, real, boolean, array, table, other };

struct node {
    std::string name;   // its key; empty in an array
    position at;        // of its key, or of itself in an array
    position value_at;  // of the value
    node_kind kind = node_kind::other;
    std::string text;
    std::int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    std::vector<node> children;  // items, or members in the order of the file

    const node* find(std::string_view member) const;
};

// Returns nullopt if the text is not TOML, after the problem was added.
std::optional<node> parse_document(std::string_view text, const std::string& path, problems& out);

// Returns the position in the file of the byte `offset` of a text value. The position is exact for a literal
// that is written as it is read. Otherwise (escape sequences) it is the beginning of the value.
position position_in_text(std::string_view file, const node& value, std::size_t offset);

}  // namespace weir::config
