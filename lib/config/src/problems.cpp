#include "problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace weir::config {
namespace {

std::vector<problem> in_file_order(std::vector<problem> out) {
    std::stable_sort(out.begin(), out.end(), [](const problem& a, const problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return out;
}

}  // namespace

std::vector<problem> problems::sorted() const {
    return in_file_order(list_);
}

std::vector<problem> problems::sorted_warnings() const {
    return in_file_order(warnings_);
}

std::string to_warning(const problem& p) {
    problem marked = p;
    marked.what = "warning: " + p.what;
    return to_text(marked);
}

std::string to_text(const problem& p) {
    const std::string at = p.line == 0 ? p.file : fmt::format("{}:{}:{}", p.file, p.line, p.column);
    const std::string todo = p.todo.empty() ? "" : fmt::format("\n    -> {}", p.todo);
    return fmt::format("{}: {}{}", at, p.what, todo);
}

}  // namespace weir::config
