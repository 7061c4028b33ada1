#include "column_rules.hpp"

#include "texts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace weir::init {
namespace {

// How a type of Postgres is declared in the file.
struct known_type {
    std::string_view type;
    std::string_view declared;
    bool is_key = false;        // each value has one text
    std::string_view bounds{};  // further fields of a body's rule
};

constexpr auto known_types = std::to_array<known_type>({
    {"smallint", "integer", true, "min = -32768, max = 32767"},
    {"integer", "integer", true, "min = -2147483648, max = 2147483647"},
    {"bigint", "integer", true, "as_string = true"},
    {"text", "text", true},
    {"character varying", "text", true},
    {"numeric", "decimal", true, "as_string = true"},
    {"boolean", "boolean", true},
    {"uuid", "uuid", true},
    {"date", "date", true},
    {"real", "decimal"},
    {"double precision", "decimal"},
    {"timestamp with time zone", "timestamp"},
    {"json", "json"},
    {"jsonb", "json"},
});

const known_type* find_type(std::string_view name) {
    const auto at = std::find_if(known_types.begin(), known_types.end(),
                                 [&](const known_type& each) { return each.type == name; });
    return at == known_types.end() ? nullptr : &*at;
}

constexpr std::size_t key_bytes_max = 1000;    // longer ones make no good path
constexpr std::size_t body_bytes_max = 60000;  // a body has 64 KiB, unless [http] says otherwise

// Returns the bytes that the column may need. A character has up to four.
std::size_t bytes_of(const column& c, std::size_t most) {
    return c.length ? std::min(*c.length * 4, most) : most;
}

// Returns whether the rule's trimming and its ban on control characters would change a label.
bool is_plain_label(const std::string& label) {
    return !label.empty() && comment_text(label) == label && label.front() != ' ' && label.back() != ' ';
}

// Returns the labels as a list of allowed values; empty if a rule cannot have one of them.
std::string choices(const column& c) {
    if (!std::all_of(c.labels.begin(), c.labels.end(), is_plain_label)) return {};
    std::string list;
    for (const auto& label : c.labels) list += (list.empty() ? "" : ", ") + toml_expanded_text(label);
    return "one_of = [" + list + "]";
}

std::string cast_to(const std::string& type) {
    return "::" + type;
}

std::string typed(std::string_view type) {
    return type == "text" ? std::string{} : fmt::format("type = \"{}\"", type);
}

std::string with(std::string fields, std::string_view more) {
    if (!fields.empty() && !more.empty()) fields += ", ";
    return fields.append(more);
}

rule_or_reason array_rule(const column& c) {
    if (c.kind == type_kind::composite || c.element == "json" || c.element == "jsonb" ||
        c.element == "bytea") {
        return impossible{fmt::format("an array of {} has no rule", c.element)};
    }
    const auto* known = find_type(c.element);
    const bool is_text = known == nullptr || known->declared == "text" || c.kind == type_kind::enumeration;
    if (!is_text) {
        return rule{fmt::format("type = \"{}[]\", null_items = true", known->declared), cast_to(c.type)};
    }
    return rule{fmt::format("type = \"text[]\", max_length = {}, empty = true, null_items = true",
                            bytes_of(c, body_bytes_max)),
                cast_to(c.type)};
}

}  // namespace

bool is_integer(const column& c) {
    const auto* known = find_type(c.type);
    return known != nullptr && known->declared == "integer";
}

bool is_text(const column& c) {
    return c.type == "text" || c.type == "character varying";
}

bool is_ordered(const column& c) {
    return c.element.empty() && (c.kind == type_kind::enumeration || find_type(c.type) != nullptr) &&
           c.type != "json";
}

rule_or_reason key_rule(const column& c) {
    if (!c.is_deterministic) return impossible{"its collation calls texts equal that differ"};
    if (!c.element.empty()) return impossible{"an array is no part of a key"};
    if (c.kind == type_kind::enumeration) {
        const std::string fields = choices(c);
        if (fields.empty()) return impossible{"a label of its enum begins or ends with a space"};
        return rule{fields, cast_to(c.type)};
    }
    const auto* known = find_type(c.type);
    if (c.kind != type_kind::base || known == nullptr || !known->is_key) {
        return impossible{fmt::format("a value of the type {} has more than one text", c.type)};
    }
    if (!is_text(c)) return rule{typed(known->declared)};
    return rule{fmt::format("max_length = {}", bytes_of(c, key_bytes_max))};
}

rule_or_reason body_rule(const column& c) {
    if (!c.element.empty()) return array_rule(c);
    if (c.kind == type_kind::composite) return impossible{fmt::format("{} is a composite type", c.type)};
    if (c.type == "bytea") return impossible{"bytea is binary"};
    if (c.type == "tsvector") return impossible{"tsvector is made by the database"};
    const std::string length = fmt::format("max_length = {}", bytes_of(c, body_bytes_max));
    if (c.kind == type_kind::enumeration) {
        const std::string fields = choices(c);
        return rule{fields.empty() ? length : fields, cast_to(c.type)};
    }
    if (is_text(c)) return rule{length + ", empty = true"};
    const auto* known = find_type(c.type);
    if (known == nullptr || c.kind != type_kind::base) return rule{length, cast_to(c.type)};
    const std::string cast = known->declared == "json" ? cast_to(c.type) : std::string{};
    return rule{with(typed(known->declared), known->bounds), cast};
}

std::string why_not_shown(const column& c) {
    if (c.type == "bytea" || c.element == "bytea") return "binary";
    if (c.type == "tsvector" || c.type == "tsquery") return "of use to a search alone";
    return {};
}

}  // namespace weir::init
