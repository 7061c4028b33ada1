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
    std::string name;  // its key; empty in an array
    place at;          // of its key, or of itself in an array
    place value_at;    // of the value
    node_kind kind = node_kind::other;
    std::string text;
    std::int64_t integer = 0;
    double real = 0;
    bool boolean = false;
    std::vector<node> children;  // items, or members in the order of the file

    const node* find(std::string_view member) const;
};

// Nothing when the text is not TOML; then the problem was added.
std::optional<node> parse_document(std::string_view text, const std::string& path, problems& out);

// Where the byte `offset` of a text value stands in the file. Exact for a literal that is written as it is
// read; the beginning of the value otherwise (escape sequences).
place place_in_text(std::string_view file, const node& value, std::size_t offset);

}  // namespace weir::config
