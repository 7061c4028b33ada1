#include "document.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <tuple>

namespace weir::config {
namespace {

constexpr int depth_max = 32;

position to_position(const toml::source_region& source) {
    return {source.begin.line, source.begin.column};
}

node convert(const toml::node& from, std::string name, position key_at, int depth);

void convert_table(const toml::table& from, node& into, int depth) {
    for (const auto& [key, value] : from) {
        into.children.push_back(convert(value, std::string{key.str()}, to_position(key.source()), depth + 1));
    }
    std::stable_sort(into.children.begin(), into.children.end(), [](const node& a, const node& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
}

void convert_array(const toml::array& from, node& into, int depth) {
    for (const auto& item : from) into.children.push_back(convert(item, {}, {}, depth + 1));
}

template <class Value>
void set(node& out, node_kind kind, Value node::*member, const toml::value<Value>& from) {
    out.kind = kind;
    out.*member = from.get();
}

void convert_value(const toml::node& from, node& out, int depth) {
    if (const auto* text = from.as_string()) set(out, node_kind::text, &node::text, *text);
    if (const auto* integer = from.as_integer()) set(out, node_kind::integer, &node::integer, *integer);
    if (const auto* real = from.as_floating_point()) set(out, node_kind::real, &node::real, *real);
    if (const auto* boolean = from.as_boolean()) set(out, node_kind::boolean, &node::boolean, *boolean);
    if (const auto* array = from.as_array()) {
        out.kind = node_kind::array;
        convert_array(*array, out, depth);
    }
    if (const auto* table = from.as_table()) {
        out.kind = node_kind::table;
        convert_table(*table, out, depth);
    }
}

node convert(const toml::node& from, std::string name, position key_at, int depth) {
    node out;
    out.name = std::move(name);
    out.value_at = to_position(from.source());
    out.at = key_at.line == 0 ? out.value_at : key_at;
    // A deeper one is reported as a value of a kind that no field has.
    if (depth <= depth_max) convert_value(from, out, depth);
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

// Returns whether the line may hold a secret. The parser's message may quote the part that it could not read.
bool may_hold_secret(std::string_view line) {
    return line.find("token") != std::string_view::npos || line.find("url") != std::string_view::npos ||
           line.find("://") != std::string_view::npos;
}

// Returns where the content of a text value begins whose quotes begin at `begin`.
std::size_t content_begin(std::string_view file, std::size_t begin) {
    const std::string_view raw = file.substr(begin);
    const bool is_multiline = raw.starts_with("\"\"\"") || raw.starts_with("'''");
    if (!is_multiline) return begin + 1;
    begin += 3;
    // TOML drops a line break directly behind the opening quotes.
    if (file.substr(begin, 2) == "\r\n") return begin + 2;
    return file.substr(begin, 1) == "\n" ? begin + 1 : begin;
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
        const position at = to_position(error.source());
        const bool is_quiet = may_hold_secret(line_of(text, at.line));
        out.add(at, is_quiet ? "not valid TOML" : "not valid TOML: " + std::string{error.description()},
                "mend the syntax; the rest of the file is checked afterwards");
        return std::nullopt;
    }
}

file_text::file_text(std::string_view text) : text_(text), line_starts_{0} {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') line_starts_.push_back(i + 1);
    }
}

std::size_t file_text::offset_of(position at) const {
    if (at.line == 0 || at.line > line_starts_.size()) return text_.size();
    return std::min(text_.size(), line_starts_[at.line - 1] + at.column - 1);
}

position file_text::position_of(std::size_t offset) const {
    const auto behind = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
    position at{static_cast<unsigned>(behind - line_starts_.begin()), 1};
    const std::size_t begin = *(behind - 1);
    for (const char c : text_.substr(begin, offset - begin)) {
        const bool is_continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (!is_continuation) ++at.column;
    }
    return at;
}

position position_in_text(const file_text& file, const node& value, std::size_t offset) {
    const std::size_t begin = content_begin(file.text(), file.offset_of(value.value_at));
    offset = std::min(offset, value.text.size());
    const bool is_verbatim =
        begin <= file.text().size() &&
        file.text().substr(begin, offset) == std::string_view{value.text}.substr(0, offset);
    return is_verbatim ? file.position_of(begin + offset) : value.value_at;
}

}  // namespace weir::config
