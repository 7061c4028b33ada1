#include "weir/policy/same_rows.hpp"

#include "json_text.hpp"

#include <algorithm>

namespace weir {
namespace {

bool is_list(std::string_view text) {
    return text.starts_with('[') && json_problem(text) == nullptr;
}

}  // namespace

bool have_same_rows(std::string_view a, std::string_view b) {
    if (a.size() != b.size() || !is_list(a) || !is_list(b)) return false;
    auto rows = items_of(a);
    auto others = items_of(b);
    std::sort(rows.begin(), rows.end());
    std::sort(others.begin(), others.end());
    return rows == others;
}

}  // namespace weir
