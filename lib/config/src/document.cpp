#include "document.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

namespace weir::config {
namespace {

constexpr int depth_max = 32;

place to_place(const toml::source_region& source) {
    return {source.begin.line, source.begin.column};
}

node convert(const toml::node& from, std::string name, place key_at, int depth);

void convert_table(const toml::table& from, node& into, int depth) {
    for (const auto& [key, value] : from) {
        into.children.push_back(convert(value, std::string{key.str()}, to_place(key.source()), depth + 1));
    }
    std::stable_sort(into.children.begin(), into.children.end(), [](const node& a, const node& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
}

node convert(const toml::node& from, std::string name, place key_at, int depth) {
    node out;
    out.name = std::move(name);
    out.value_at = to_place(from.source());
    out.at = key_at.line == 0 ? out.value_at : key_at;
    if (depth > depth_max) return out;  // reported as a value of a kind that no field has
    if (const auto* text = from.as_string()) {
        out.kind = node_kind::text;
        out.text = text->get();
    } else if (const auto* integer = from.as_integer()) {
        out.kind = node_kind::integer;
        out.integer = integer->get();
    } else if (const auto* real = from.as_floating_point()) {
        out.kind = node_kind::real;
        out.real = real->get();
    } else if (const auto* boolean = from.as_boolean()) {
        out.kind = node_kind::boolean;
        out.boolean = boolean->get();
    } else if (const auto* array = from.as_array()) {
        out.kind = node_kind::array;
        for (const auto& item : *array) out.children.push_back(convert(item, {}, {}, depth + 1));
    } else if (const auto* table = from.as_table()) {
        out.kind = node_kind::table;
        convert_table(*table, out, depth);
    }
    return out;
}

std::string_view line_of(std::string_view text, unsigned line) {
    for (unsigned i = 1; i < line; ++i) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    return text.substr(0, text.find('\n'));
}

// The parser's message may quote what it stumbled over, which on such a line is a secret.
bool may_hold_secret(std::string_view line) {
    return line.find("token") != std::string_view::npos || line.find("url") != std::string_view::npos ||
           line.find("://") != std::string_view::npos;
}

std::size_t offset_of(std::string_view file, place at) {
    std::size_t offset = 0;
    for (unsigned line = 1; line < at.line; ++line) {
        const auto end = file.find('\n', offset);
        if (end == std::string_view::npos) return file.size();
        offset = end + 1;
    }
    return std::min(file.size(), offset + at.column - 1);
}

}  // namespace

const node* node::find(std::string_view member) const {
    const auto found =
        std::find_if(children.begin(), children.end(), [&](const node& n) { return n.name == member; });
    return found == children.end() ? nullptr : &*found;
}

std::optional<node> parse_document(std::string_view text, const std::string& path, problems& out) {
    try {
        const toml::table table = toml::parse(text, path);
        return convert(table, {}, {}, 0);
    } catch (const toml::parse_error& error) {
        const place at = to_place(error.source());
        const bool is_quiet = may_hold_secret(line_of(text, at.line));
        out.add(at, is_quiet ? "not valid TOML" : "not valid TOML: " + std::string{error.description()},
                "mend the syntax; the rest of the file is checked afterwards");
        return std::nullopt;
    }
}

place place_in_text(std::string_view file, const node& value, std::size_t offset) {
    std::size_t begin = offset_of(file, value.value_at);
    const std::string_view raw = file.substr(begin);
    const bool is_multiline = raw.starts_with("\"\"\"") || raw.starts_with("'''");
    begin += is_multiline ? 3 : 1;
    // TOML drops a line break right behind the opening quotes.
    if (is_multiline && file.substr(begin, 2) == "\r\n") {
        begin += 2;
    } else if (is_multiline && file.substr(begin, 1) == "\n") {
        begin += 1;
    }
    offset = std::min(offset, value.text.size());
    if (file.substr(begin, offset) != std::string_view{value.text}.substr(0, offset)) return value.value_at;
    place at{1, 1};
    for (const char c : file.substr(0, begin + offset)) {
        const bool is_continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (c == '\n') {
            ++at.line;
            at.column = 1;
        } else if (!is_continuation) {
            ++at.column;
        }
    }
    return at;
}

}  // namespace weir::config
