#include "weir/http/target.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace weir::http {
namespace {

bool is_sendable(char c) {
    return c > ' ' && c < '\x7f' && c != '#';
}

bool has_scheme(std::string_view target, std::string_view scheme) {
    return target.size() > scheme.size() &&
           boost::beast::iequals(boost::beast::string_view{target.data(), scheme.size()},
                                 boost::beast::string_view{scheme.data(), scheme.size()});
}

// Returns "/path" of "http://host/path", or nullopt if there is no host.
std::optional<std::string_view> without_authority(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!has_scheme(target, scheme)) continue;
        target.remove_prefix(scheme.size());
        const std::size_t end = std::min(target.find_first_of("/?"), target.size());
        if (end == 0) return std::nullopt;
        return target.substr(end);
    }
    return std::nullopt;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<split_target> split(std::string_view target) {
    if (target.empty() || !std::all_of(target.begin(), target.end(), is_sendable)) return std::nullopt;
    if (target.front() != '/') {
        const auto rest = without_authority(target);
        if (!rest) return std::nullopt;
        target = *rest;
    }
    const std::size_t mark = target.find('?');
    split_target out{.path = target.substr(0, mark), .query = {}};
    if (mark != std::string_view::npos) out.query = target.substr(mark + 1);
    if (out.path.empty()) out.path = "/";  // "http://host?x=1" asks for the root
    return out;
}

std::optional<std::string> percent_decode(std::string_view encoded, decoding how) {
    std::string out;
    out.reserve(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        const char c = encoded[i];
        if (c == '+' && how == decoding::query) {
            out += ' ';
        } else if (c == '%') {
            if (encoded.size() - i < 3) return std::nullopt;
            const int high = hex_digit(encoded[i + 1]);
            const int low = hex_digit(encoded[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += c;
        }
    }
    return out;
}

bool is_decoded(std::string_view encoded, decoding how) {
    return std::none_of(encoded.begin(), encoded.end(),
                        [how](char c) { return c == '%' || (c == '+' && how == decoding::query); });
}

bool is_escaped_form(std::string_view encoded, decoding how, std::string_view text) {
    return !is_decoded(encoded, how) && percent_decode(encoded, how) == text;
}

std::optional<argument> next_argument(std::string_view& rest) {
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view one = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (one.empty()) continue;  // "a=1&&b=2"
        const std::size_t sign = one.find('=');
        if (sign == std::string_view::npos) return argument{.name = one, .value = {}};
        return argument{.name = one.substr(0, sign), .value = one.substr(sign + 1)};
    }
    return std::nullopt;
}

}  // namespace weir::http
