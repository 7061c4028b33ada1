#include "texts.hpp"

#include "weir/base/ascii.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::init {
namespace {

bool is_plain(std::string_view name) {
    return !name.empty() && !is_digit(name.front()) &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// SQL would take these as names, but a reader would stumble, and so might a tool that looks for what a
// statement changes.
constexpr auto verbs = std::to_array<std::string_view>(
    {"insert", "update", "delete", "merge", "truncate", "into", "set", "values", "returning", "with"});

bool is_control(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u < 0x20 || u == 0x7f;
}

// Returns the text as a basic TOML string has it, without the quotes around it. In a string of several lines,
// quotes in a row would end it, and so would one before its end.
std::string escaped(std::string_view text, bool has_lines) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool is_alone = has_lines && i + 1 < text.size() && (i == 0 || text[i - 1] != '"');
        if (c == '\\' || (c == '"' && !is_alone)) {
            out += '\\';
            out += c;
        } else if (is_control(c) && !(has_lines && c == '\n')) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string sql_name(std::string_view name, const catalogue& of) {
    const bool is_verb = std::find(verbs.begin(), verbs.end(), name) != verbs.end();
    if (is_plain(name) && !is_verb && !of.keywords.contains(name)) return std::string{name};
    std::string out = "\"";
    for (const char c : name) {
        out += c;
        if (c == '"') out += c;
    }
    return out + '"';
}

std::string sql_relation(const table& t, const catalogue& of) {
    std::string name = sql_name(t.name, of);
    if (t.schema == "public" && t.is_visible) return name;
    return sql_name(t.schema, of) + "." + name;
}

std::string wrapped(const std::vector<std::string>& items, std::string_view indent) {
    constexpr std::size_t width = 110;
    std::string out;
    std::size_t column = indent.size();
    for (const auto& item : items) {
        if (!out.empty()) {
            out += ',';
            const bool is_full = column + item.size() + 2 > width;
            out += is_full ? "\n" + std::string{indent} : " ";
            if (is_full) column = indent.size();
        }
        out += item;
        column += item.size() + 2;
    }
    return out;
}

std::string toml_text(std::string_view text) {
    return "\"" + escaped(text, false) + "\"";
}

std::string toml_expanded_text(std::string_view text) {
    std::string out{text};
    for (std::size_t at = 0; (at = out.find("${", at)) != std::string::npos; at += 3) out.insert(at, "$");
    return toml_text(out);
}

std::string toml_lines(std::string_view text) {
    return "\"\"\"\n" + escaped(text, true) + "\"\"\"";
}

std::string toml_key(std::string_view name) {
    const bool is_bare = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '-';
    });
    return is_bare ? std::string{name} : toml_text(name);
}

std::string comment_text(std::string_view text) {
    std::string out{text};
    std::replace_if(out.begin(), out.end(), is_control, ' ');
    return out;
}

}  // namespace weir::init
