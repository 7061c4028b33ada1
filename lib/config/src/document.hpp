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

// The text of a file, and where its lines begin: a file may have thousands of texts, and each asks for its
// place. Borrows the text.
class file_text {
 public:
    explicit file_text(std::string_view text);

    std::string_view text() const { return text_; }

    // Returns the byte at a position, whose column counts bytes here.
    std::size_t offset_of(position at) const;

    // Returns the position of a byte, whose column counts characters.
    position position_of(std::size_t offset) const;

 private:
    std::string_view text_;
    std::vector<std::size_t> line_starts_;  // ascending; the first is 0
};

// Returns nullopt if the text is not TOML, after the problem was added.
std::optional<node> parse_document(std::string_view text, const std::string& path, problems& out);

// Returns the position in the file of the byte `offset` of a text value. The position is exact for a literal
// that is written as it is read. Otherwise (escape sequences) it is the beginning of the value.
position position_in_text(const file_text& file, const node& value, std::size_t offset);

}  // namespace weir::config
