#include "tracing.hpp"

#include "weir/base/hash.hpp"

#include <algorithm>

namespace weir::http {
namespace {

bool is_lower_hex(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_nonzero_id(std::string_view text) {
    return is_lower_hex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

}  // namespace

bool is_sane_request_id(std::string_view id) {
    constexpr std::size_t longest = 128;
    if (id.empty() || id.size() > longest) return false;
    return std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view{"-_.:/+=@"}.find(c) != std::string_view::npos;
    });
}

bool is_traceparent(std::string_view value) {
    constexpr std::size_t bytes = 55;
    if (value.size() < bytes || value[2] != '-' || value[35] != '-' || value[52] != '-') return false;
    const std::string_view version = value.substr(0, 2);
    if (!is_lower_hex(version) || version == "ff") return false;
    if (value.size() > bytes && (version == "00" || value[bytes] != '-')) return false;
    return is_nonzero_id(value.substr(3, 32)) && is_nonzero_id(value.substr(36, 16)) &&
           is_lower_hex(value.substr(53, 2));
}

std::string_view trace_id_of(std::string_view traceparent) {
    return traceparent.substr(3, 32);
}

request_ids::request_ids() {
    const std::string random = random_token();
    text_.fill('0');
    std::copy_n(random.begin(), text_.size() / 2, text_.begin());
}

// Counts in the text itself, as an odometer does: nearly always one digit changes.
std::string_view request_ids::next() {
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = text_.size(); i > text_.size() / 2; --i) {
        char& digit = text_[i - 1];
        if (digit != digits.back()) {
            digit = digit == '9' ? 'a' : static_cast<char>(digit + 1);
            break;
        }
        digit = digits.front();
    }
    return {text_.data(), text_.size()};
}

}  // namespace weir::http
