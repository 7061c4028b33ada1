#include "type_facts.hpp"

#include <charconv>

namespace weir {
namespace {

std::optional<int> number_of(const postgres::sql_text& text) {
    if (!text) return std::nullopt;
    int number = 0;
    std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

}  // namespace

type_facts read_type_facts(const std::vector<postgres::sql_text>& row, std::size_t first) {
    return {.written = row[first].value_or(""),
            .name = row[first + 1].value_or(""),
            .is_enum = row[first + 2] == "t",
            .is_array = row[first + 3] == "t",
            .is_domain = row[first + 4] == "t",
            .scale = number_of(row[first + 5]),
            .is_deterministic = row[first + 6] == "t"};
}

std::optional<type_trouble> trouble_of(const row_names::column& column, type_facts facts) {
    if (column.each_element && !facts.is_array) {
        return type_trouble{"which is no array and has no elements", "write {" + column.name + "}"};
    }
    if (column.each_element) facts.is_array = false;
    return column_trouble(facts, column.rule);
}

}  // namespace weir
