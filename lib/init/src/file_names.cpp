#include "file_names.hpp"

#include "weir/base/placeholder.hpp"

#include "words.hpp"

namespace weir::init {
namespace {

std::string part_of(std::string_view name) {
    const bool is_bare =
        name.find_first_of(".\"") == std::string_view::npos && name.front() != ' ' && name.back() != ' ';
    if (is_bare) return std::string{name};
    std::string out = "\"";
    for (const char c : name) out.append(c == '"' ? 2 : 1, c);
    return out + '"';
}

}  // namespace

bool is_table_name(std::string_view name) {
    return is_declarable_name(name);
}

std::string declared_name(const table& t) {
    if (t.schema == "public" && t.is_visible) return part_of(t.name);
    return part_of(t.schema) + "." + part_of(t.name);
}

bool is_key_column_name(std::string_view name) {
    return is_declarable_name(name) && !name.ends_with("[]");  // which means the elements of an array
}

bool is_field_name(std::string_view name) {
    return is_declarable_name(name);
}

std::string parameter_name(std::string_view column_name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const bool is_shown = !column_name.empty() &&
                          !(column_name.front() >= '0' && column_name.front() <= '9') &&
                          column_name.find_first_not_of(letters) == std::string_view::npos;
    return is_shown ? std::string{column_name} : plain_name(column_name, "column");
}

}  // namespace weir::init
