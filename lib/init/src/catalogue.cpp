#include "weir/init/catalogue.hpp"

#include <algorithm>

namespace weir::init {

std::vector<std::string> keep_tables(catalogue& from, const std::vector<std::string>& names) {
    const auto is_named = [](const table& t, const std::string& name) {
        return name == t.name || name == t.full_name();
    };
    std::vector<std::string> unknown;
    for (const auto& name : names) {
        const bool is_known = std::any_of(from.tables.begin(), from.tables.end(),
                                          [&](const table& t) { return is_named(t, name); });
        if (!is_known) unknown.push_back(name);
    }
    std::erase_if(from.tables, [&](const table& t) {
        return std::none_of(names.begin(), names.end(), [&](const auto& name) { return is_named(t, name); });
    });
    from.others.clear();
    return unknown;
}

}  // namespace weir::init
