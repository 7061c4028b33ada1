#include "weir/schema/names.hpp"

#include "weir/base/hash.hpp"

#include <algorithm>
#include <vector>

namespace weir {
namespace {

std::string quoted(std::string_view text, char quote) {
    std::string made(1, quote);
    for (const char c : text) {
        made += c;
        if (c == quote) made += c;
    }
    return made + quote;
}

// Splits at dots outside double quotes, and removes those quotes.
std::vector<std::string> parts_of(std::string_view table) {
    std::vector<std::string> parts(1);
    bool is_inside = false;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const char c = table[i];
        if (c == '"' && is_inside && i + 1 < table.size() && table[i + 1] == '"') {
            parts.back() += '"';
            ++i;
        } else if (c == '"') {
            is_inside = !is_inside;
        } else if (c == '.' && !is_inside) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string quoted_identifier(std::string_view name) {
    return quoted(name, '"');
}

// Writes a backslash in such a way that standard_conforming_strings makes no difference.
std::string quoted_literal(std::string_view text) {
    std::string made = quoted(text, '\'');
    if (made.find('\\') == std::string::npos) return made;
    std::string escaped = " E";
    for (const char c : made) escaped.append(c == '\\' ? 2 : 1, c);
    return escaped;
}

std::string dollar_quoted(std::string_view text) {
    std::string tag = "$weir$";
    while (text.find(tag) != std::string_view::npos) tag.insert(tag.size() - 1, "_");
    return tag + std::string(text) + tag;
}

std::string quoted_relation(std::string_view table) {
    std::string made;
    for (const auto& part : parts_of(table)) {
        if (!made.empty()) made += '.';
        made += quoted_identifier(part);
    }
    return made;
}

std::string recorder_name(std::string_view table) {
    constexpr std::size_t plain_bytes_max = 40;  // of Postgres's 63, with room for "record_" and the hash
    if (table.size() <= plain_bytes_max && std::all_of(table.begin(), table.end(), is_plain)) {
        return "weir.record_" + std::string(table);
    }
    std::string plain(table.substr(0, plain_bytes_max));
    std::replace_if(
        plain.begin(), plain.end(), [](char c) { return !is_plain(c); }, '_');
    return "weir.record_" + plain + '_' + sha256_hex(table).substr(0, 12);
}

}  // namespace weir
