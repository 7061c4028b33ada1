#include "negotiation.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace weir::http {
namespace {

bool same(std::string_view a, std::string_view b) {
    return boost::beast::iequals(boost::beast::string_view{a.data(), a.size()},
                                 boost::beast::string_view{b.data(), b.size()});
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes what stands before the next `mark` off the front of `rest`. No quoted strings: no parameter that
// matters has one.
std::string_view take(std::string_view& rest, char mark) {
    const std::size_t end = std::min(rest.find(mark), rest.size());
    const std::string_view out = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return out;
}

int specificity(std::string_view range) {
    if (same(range, "application/json")) return 3;
    if (same(range, "application/*")) return 2;
    if (range == "*/*" || range == "*") return 1;  // a lone star is what some old clients send
    return 0;
}

bool is_zero_weight(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view one = take(parameters, ';');
        if (one.size() < 3 || !same(one.substr(0, 2), "q=")) continue;
        return one.substr(2).find_first_not_of("0.") == std::string_view::npos;
    }
    return false;
}

}  // namespace

bool accepts_json(std::string_view accept) {
    if (trimmed(accept).empty()) return true;
    int decided_by = 0;
    bool is_admitted = false;
    while (!accept.empty()) {
        std::string_view parameters = take(accept, ',');
        const int found = specificity(take(parameters, ';'));
        if (found == 0 || found < decided_by) continue;
        const bool admits = !is_zero_weight(parameters);
        is_admitted = found == decided_by ? is_admitted || admits : admits;
        decided_by = found;
    }
    return is_admitted;
}

}  // namespace weir::http
