#include "weir/base/placeholder.hpp"

#include <algorithm>

namespace weir {
namespace {

constexpr std::size_t none = std::string_view::npos;

// Returns the offset behind the quoted text that begins at `at`, or npos if it is not closed.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
    for (std::size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] != '"') continue;
        if (text.substr(i + 1, 1) != "\"") return i + 1;
        ++i;
    }
    return none;
}

// Returns whether a name between braces is written in double quotes as a whole.
bool is_quoted(std::string_view inside) {
    return inside.substr(0, 1) == "\"" && end_of_quoted(inside, 0) == inside.size();
}

}  // namespace

std::size_t placeholder_end(std::string_view text, std::size_t at) {
    if (text.substr(at + 1, 1) == "\"") {
        const std::size_t end = end_of_quoted(text, at + 1);
        if (end != none && text.substr(end, 1) == "}") return end + 1;
    }
    const std::size_t end = text.find('}', at);
    return end == none ? none : end + 1;
}

std::string placeholder_name(std::string_view placeholder) {
    const std::string_view inside = placeholder.substr(1, placeholder.size() - 2);
    if (!is_quoted(inside)) return std::string{inside};
    std::string out;
    for (std::size_t i = 1; i + 1 < inside.size(); ++i) {
        out += inside[i];
        if (inside[i] == '"') ++i;
    }
    return out;
}

std::string placeholder_text(std::string_view name) {
    const bool is_plain = name.find_first_of("{}") == none && name.substr(0, 1) != "\"";
    if (is_plain) return "{" + std::string{name} + "}";
    std::string out = "{\"";
    for (const char c : name) out.append(c == '"' ? 2 : 1, c);
    return out + "\"}";
}

bool is_declarable_name(std::string_view name) {
    const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
    return !name.empty() && std::none_of(name.begin(), name.end(), is_control);
}

}  // namespace weir
