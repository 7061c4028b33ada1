#include "surroundings.hpp"

#include <algorithm>
#include <set>

namespace weir::prove {

std::vector<std::size_t> surroundings::mutable_tables() const {
    std::set<std::size_t> read;
    for (const subject& s : subjects) read.insert(s.tables.begin(), s.tables.end());
    std::vector<std::size_t> made(read.begin(), read.end());
    std::sort(made.begin(), made.end(),
              [&](std::size_t a, std::size_t b) { return schema.tables[a].name < schema.tables[b].name; });
    return made;
}

}  // namespace weir::prove
