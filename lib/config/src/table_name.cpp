#include "weir/config/table_name.hpp"

#include "weir/base/placeholder.hpp"

#include <vector>

namespace weir {
namespace {

struct name_part {
    std::string text;
    bool is_quoted = false;
};

bool is_part(const name_part& part) {
    if (!is_declarable_name(part.text)) return false;
    return part.is_quoted || (part.text.front() != ' ' && part.text.back() != ' ');
}

// Cuts the first part off. Returns nullopt if its quotes are not those of the whole part.
std::optional<name_part> take_part(std::string_view& rest) {
    name_part out{.text = {}, .is_quoted = rest.substr(0, 1) == "\""};
    std::size_t i = out.is_quoted ? 1 : 0;
    bool is_closed = !out.is_quoted;
    for (; i < rest.size(); ++i) {
        if (!out.is_quoted && rest[i] == '.') break;
        if (rest[i] != '"') {
            out.text += rest[i];
        } else if (out.is_quoted && rest.substr(i + 1, 1) == "\"") {
            out.text += rest[i++];
        } else {
            is_closed = out.is_quoted;
            if (!out.is_quoted) return std::nullopt;
            ++i;
            break;
        }
    }
    const bool is_at_end = i == rest.size() || rest[i] == '.';
    if (!is_closed || !is_at_end || !is_part(out)) return std::nullopt;
    rest.remove_prefix(i);
    return out;
}

}  // namespace

std::optional<std::string> table_name(std::string_view written) {
    constexpr std::size_t parts_max = 2;
    std::string out;
    for (std::size_t parts = 1; parts <= parts_max; ++parts) {
        const auto part = take_part(written);
        if (!part) return std::nullopt;
        out += table_name_part(part->text);
        if (written.empty()) return out;
        written.remove_prefix(1);  // the dot
        out += '.';
    }
    return std::nullopt;
}

std::string table_name_part(std::string_view exact) {
    if (exact.find_first_of(".\"") == std::string_view::npos) return std::string{exact};
    std::string out = "\"";
    for (const char c : exact) out.append(c == '"' ? 2 : 1, c);
    return out + '"';
}

bool is_same_table(std::string_view a, std::string_view b) {
    constexpr std::string_view schema = "public.";
    if (a.starts_with(schema)) a.remove_prefix(schema.size());
    if (b.starts_with(schema)) b.remove_prefix(schema.size());
    return a == b;
}

}  // namespace weir
