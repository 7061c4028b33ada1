#include "plain_head.hpp"

#include "header_table.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace weir::http {
namespace {

using byte_table = std::array<bool, 256>;

constexpr byte_table table_of(std::string_view extra, std::string_view without, bool has_all_visible) {
    byte_table out{};
    for (unsigned c = '!'; c <= '~'; ++c) {
        const bool is_alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        out[c] = has_all_visible || is_alphanumeric;
    }
    for (const char c : extra) out[static_cast<unsigned char>(c)] = true;
    for (const char c : without) out[static_cast<unsigned char>(c)] = false;
    return out;
}

constexpr byte_table in_target = table_of("", "#", true);
constexpr byte_table in_host = table_of("", "/?#@\\,\"<>", true);
constexpr byte_table in_name = table_of("!#$%&'*+-.^_`|~", "", false);  // a token: RFC 9110, 5.6.2

bool is_in(const byte_table& table, char c) {
    return table[static_cast<unsigned char>(c)];
}

const char* skip(const char* at, const char* end, const byte_table& over) {
    while (at != end && is_in(over, *at)) ++at;
    return at;
}

// Skips spaces and visible ASCII, eight bytes at a time: a byte below ' ' borrows into its top bit, one of
// 0x7f or more has it or carries into it.
const char* skip_value(const char* at, const char* end) {
    constexpr std::uint64_t each = 0x0101'0101'0101'0101;
    for (std::uint64_t word = 0; end - at >= 8; at += 8) {
        std::memcpy(&word, at, sizeof word);
        const std::uint64_t low = (word - each * 0x20) & ~word;
        const std::uint64_t high = (word + each) | word;
        if (((low | high) & (each * 0x80)) != 0) break;
    }
    while (at != end && *at >= ' ' && *at <= '~') ++at;
    return at;
}

// Takes a value. Returns false for a field that is given twice, which is not plain.
bool take_once(std::string_view& to, std::string_view value) {
    if (to.data() != nullptr) return false;
    to = value;
    return true;
}

bool take_host(std::string_view& host, std::string_view value) {
    return take_once(host, value) &&
           std::all_of(value.begin(), value.end(), [](char c) { return is_in(in_host, c); });
}

// Returns false if the field makes the head another kind.
bool take_field(std::string_view name, std::string_view value, std::string_view& host, request& into) {
    const header_field* const known = find_header(name);
    if (known == nullptr) return true;
    if (known->kept != nullptr) return take_once(into.*known->kept, value);
    if (known->use == field_use::host) return take_host(host, value);
    return known->use == field_use::connection && is_token(value, "keep-alive");
}

// Reads "GET /a?b HTTP/1.1\r\n". Returns where the next line begins; null if the line is another kind.
const char* read_request_line(const char* at, const char* end, const listener_limits& allowed,
                              request& into) {
    constexpr std::string_view get = "GET ";
    constexpr std::string_view head = "HEAD ";
    constexpr std::string_view rest = " HTTP/1.1\r\n";
    const std::string_view line{at, end};
    const bool is_get = line.starts_with(get);
    if (!is_get && !line.starts_with(head)) return nullptr;
    into.what = is_get ? method::get : method::head;
    into.method_text = line.substr(0, is_get ? get.size() - 1 : head.size() - 1);
    const char* const target = at + into.method_text.size() + 1;
    const char* const target_end = skip(target, end, in_target);
    into.target = {target, target_end};
    if (into.target.empty() || into.target.front() != '/' || into.target.size() > allowed.target_bytes_max) {
        return nullptr;
    }
    const std::size_t mark = into.target.find('?');
    into.path = into.target.substr(0, mark);
    if (mark != std::string_view::npos) into.query = into.target.substr(mark + 1);
    if (!std::string_view{target_end, end}.starts_with(rest)) return nullptr;
    return target_end + rest.size();
}

}  // namespace

std::size_t read_plain_head(std::string_view received, const listener_limits& allowed, request& into) {
    const char* const end = received.data() + std::min(received.size(), allowed.header_bytes_max);
    const char* at = read_request_line(received.data(), end, allowed, into);
    std::string_view host;
    while (at != nullptr && end - at >= 2 && *at != '\r') {
        const char* const name_end = skip(at, end, in_name);
        if (name_end == at || name_end == end || *name_end != ':') return 0;
        const char* value = name_end + 1;
        while (value != end && *value == ' ') ++value;
        const char* const line_end = skip_value(value, end);
        if (end - line_end < 2 || line_end[0] != '\r' || line_end[1] != '\n') return 0;
        const char* value_end = line_end;
        while (value_end != value && value_end[-1] == ' ') --value_end;
        if (!take_field({at, name_end}, {value, value_end}, host, into)) return 0;
        at = line_end + 2;
    }
    const bool is_complete = at != nullptr && end - at >= 2 && at[1] == '\n' && host.data() != nullptr;
    return is_complete ? static_cast<std::size_t>(at + 2 - received.data()) : 0;
}

}  // namespace weir::http
