// The positions of declarations in the file (weir/config/load.hpp).
#include "weir/config/load.hpp"

#include <algorithm>

namespace weir::config {

position places::of(const std::string& title, const std::string& field) const {
    auto found = fields_.find({title, field});
    if (found == fields_.end()) found = fields_.find({title, std::string{}});
    return found == fields_.end() ? position{} : found->second;
}

position places::of_sql_line(const std::string& title, std::size_t line) const {
    const auto found = sql_lines_.find(title);
    if (found == sql_lines_.end() || found->second.empty()) return of(title, "sql");
    return found->second[std::min(line, found->second.size() - 1)];
}

void places::add(const std::string& title, const std::string& field, position at) {
    fields_.insert_or_assign({title, field}, at);
}

void places::add_sql_lines(const std::string& title, std::vector<position> lines) {
    sql_lines_.insert_or_assign(title, std::move(lines));
}

}  // namespace weir::config
