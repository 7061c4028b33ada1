#include "returned_columns.hpp"

#include "sql_code.hpp"

#include <cstddef>
#include <span>

namespace weir::config {
namespace {

using token_list = std::span<const sql_token>;

// Returns what stands behind the last `returning` outside parentheses; empty if there is none.
token_list list_of(token_list all) {
    int depth = 0;
    token_list found;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].text == "(") ++depth;
        if (all[i].text == ")") --depth;
        if (depth == 0 && all[i].kind == sql_token_kind::word && name_in(all[i]) == "returning")
            found = all.subspan(i + 1);
        const bool is_end = all[i].kind == sql_token_kind::semicolon;
        if (is_end) return found.empty() ? found : found.first(found.size() - (all.size() - i));
    }
    return found;
}

// Returns the name of one item: id, t.id, lower(name) as name. Empty if the text does not show it.
std::string name_of(token_list item) {
    if (item.empty()) return {};
    std::string last = name_in(item.back());
    if (item.size() == 1) return last;
    const bool is_column = item.size() == 3 && item[1].text == "." && !name_in(item[0]).empty();
    const bool is_alias =
        name_in(item[item.size() - 2]) == "as" && item[item.size() - 2].kind == sql_token_kind::word;
    return is_column || is_alias ? last : std::string{};
}

}  // namespace

std::optional<std::vector<std::string>> returned_columns(std::string_view sql) {
    const sql_code all = code_of(sql);
    const token_list list = list_of(all);
    std::vector<std::string> names;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i <= list.size(); ++i) {
        if (i < list.size() && list[i].text == "(") ++depth;
        if (i < list.size() && list[i].text == ")") --depth;
        if (i < list.size() && (depth > 0 || list[i].text != ",")) continue;
        names.push_back(name_of(list.subspan(begin, i - begin)));
        if (names.back().empty()) return std::nullopt;
        begin = i + 1;
    }
    return names;
}

}  // namespace weir::config
