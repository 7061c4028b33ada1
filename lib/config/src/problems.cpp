#include "problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace weir::config {

std::vector<problem> problems::sorted() const {
    auto out = list_;
    std::stable_sort(out.begin(), out.end(), [](const problem& a, const problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return out;
}

std::string to_text(const problem& p) {
    const std::string at = p.line == 0 ? p.file : fmt::format("{}:{}:{}", p.file, p.line, p.column);
    const std::string todo = p.todo.empty() ? "" : fmt::format("\n    -> {}", p.todo);
    return fmt::format("{}: {}{}", at, p.what, todo);
}

}  // namespace weir::config
