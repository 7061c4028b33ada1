#include "negotiation.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>
#include <optional>

namespace weir::api {
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

// Takes the text before the next `mark` off the front of `rest`. Ignores quoted strings: no parameter that
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

// Reads a weight: "0.5" is 500. Returns nullopt if it is malformed (RFC 9110, 12.4.2).
std::optional<int> parse_weight(std::string_view text) {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
    if (text.size() > 1 && text[1] != '.') return std::nullopt;
    int weight = (text[0] - '0') * 1000;
    int unit = 100;
    for (const char digit : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (digit < '0' || digit > '9') return std::nullopt;
        weight += (digit - '0') * unit;
        unit /= 10;
    }
    return weight <= 1000 ? std::optional{weight} : std::nullopt;
}

// Returns the weight among the parameters, or the greatest weight if there is none.
std::optional<int> weight_among(std::string_view parameters) {
    while (!parameters.empty()) {
        const std::string_view one = take(parameters, ';');
        if (one.size() >= 2 && same(one.substr(0, 2), "q=")) return parse_weight(one.substr(2));
    }
    return 1000;
}

std::optional<coding> coding_called(std::string_view token) {
    if (same(token, "gzip") || same(token, "x-gzip")) return coding::gzip;
    if (same(token, "br")) return coding::br;
    if (same(token, "zstd")) return coding::zstd;
    if (same(token, "identity")) return coding::identity;
    return std::nullopt;
}

// The weight that a field gives each coding; nullopt for those that it does not mention.
struct wishes {
    std::array<std::optional<int>, codings> named;
    std::optional<int> others;

    std::optional<int>& of(coding c) { return named[static_cast<std::size_t>(c)]; }
};

wishes read_wishes(std::string_view field) {
    wishes out;
    while (!field.empty()) {
        std::string_view parameters = take(field, ',');
        const std::string_view token = take(parameters, ';');
        const auto weight = weight_among(parameters);
        if (!weight) continue;
        if (token == "*") {
            out.others = weight;
        } else if (const auto c = coding_called(token)) {
            out.of(*c) = weight;
        }
    }
    return out;
}

}  // namespace

bool accepted_codings::admits(coding c) const {
    return std::find(ranked().begin(), ranked().end(), c) != ranked().end();
}

accepted_codings codings_of(std::string_view accept_encoding, const compression& offered) {
    constexpr int least = 1;  // less than any weight: those are doubled
    wishes said = read_wishes(accept_encoding);
    std::array<int, codings> weights{};
    std::array<coding, codings> order{};
    for (std::size_t i = 0; i < codings; ++i) {
        order[i] = static_cast<coding>(i);
        const auto stated = said.of(order[i]) ? said.of(order[i]) : said.others;
        const int otherwise = order[i] == coding::identity ? least : 0;
        if (offered.offers(order[i])) weights[i] = stated ? 2 * *stated : otherwise;
    }
    const auto weight = [&](coding c) { return weights[static_cast<std::size_t>(c)]; };
    std::sort(order.begin(), order.end(),
              [&](coding a, coding b) { return weight(a) != weight(b) ? weight(a) > weight(b) : a < b; });
    accepted_codings out;
    for (const coding c : order) {
        if (weight(c) > 0) out.add(c);
    }
    return out;
}

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

}  // namespace weir::api
