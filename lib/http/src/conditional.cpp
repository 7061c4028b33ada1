#include "conditional.hpp"

#include <algorithm>

namespace weir::http {

bool names_etag(std::string_view rest, std::string_view etag) {
    const auto skip = [&rest](std::string_view these) {
        rest.remove_prefix(std::min(rest.find_first_not_of(these), rest.size()));
    };
    skip(" \t");
    if (rest == "*") return true;
    while (true) {
        skip(" \t,");
        if (rest.starts_with("W/")) rest.remove_prefix(2);
        if (!rest.starts_with('"')) return false;
        const std::size_t end = rest.find('"', 1);
        if (end == std::string_view::npos) return false;
        if (rest.substr(1, end - 1) == etag) return true;
        rest.remove_prefix(end + 1);
    }
}

}  // namespace weir::http
