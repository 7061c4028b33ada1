// The header fields that the engine acts on, and what a parser does with each. Both parsers read it:
// plain_head handles the simple fields, parser all of them. Other fields are skipped. Pure.
#pragma once

#include "weir/http/request.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace weir::http {

enum class field_use {
    last,               // kept; of several lines the last one counts
    list,               // kept; several lines are one list (RFC 9110, 5.3)
    single,             // kept if it is given once, otherwise ignored
    host,               // checked
    content_length,     // checked; Beast acts on it
    transfer_encoding,  // checked; Beast acts on it
    expect,             // acted on
    connection,         // left to Beast; "keep-alive" changes nothing
    left_to_beast,
};

struct header_field {
    std::string_view name;  // in lower case
    field_use use;
    std::string_view request::*kept = nullptr;  // where a field that is kept goes
};

// Sorted by the length of the name, for find_header().
inline constexpr auto header_table = std::to_array<header_field>({
    {"host", field_use::host},
    {"accept", field_use::list, &request::accept},
    {"expect", field_use::expect},
    {"upgrade", field_use::left_to_beast},
    {"connection", field_use::connection},
    {"traceparent", field_use::single, &request::traceparent},  // W3C Trace Context, 3.2.1
    {"x-request-id", field_use::last, &request::request_id},
    {"content-type", field_use::last, &request::content_type},
    {"if-none-match", field_use::list, &request::if_none_match},
    {"authorization", field_use::last, &request::authorization},
    {"content-length", field_use::content_length},
    {"accept-encoding", field_use::list, &request::accept_encoding},
    {"proxy-connection", field_use::left_to_beast},
    {"transfer-encoding", field_use::transfer_encoding},
});

inline constexpr std::size_t header_name_bytes_max = header_table.back().name.size();

// Where the names of each length begin in the table.
inline constexpr auto header_begin = [] {
    std::array<std::size_t, header_name_bytes_max + 2> begin{};
    for (const header_field& f : header_table) ++begin[f.name.size() + 1];
    for (std::size_t i = 1; i < begin.size(); ++i) begin[i] += begin[i - 1];
    return begin;
}();

static_assert(std::is_sorted(header_table.begin(), header_table.end(),
                             [](const auto& a, const auto& b) { return a.name.size() < b.name.size(); }));

// Returns whether `token` is `lower_case` in any case. Setting the bit that tells upper from lower case turns
// no other token character (RFC 9110, 5.6.2) into a letter.
constexpr bool is_token(std::string_view token, std::string_view lower_case) {
    return std::equal(token.begin(), token.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) { return (a | 0x20) == b; });
}

// Returns null for a field that means nothing. `name` is a token.
constexpr const header_field* find_header(std::string_view name) {
    if (name.size() > header_name_bytes_max) return nullptr;
    for (std::size_t i = header_begin[name.size()]; i < header_begin[name.size() + 1]; ++i) {
        if (is_token(name, header_table[i].name)) return &header_table[i];
    }
    return nullptr;
}

static_assert(std::all_of(header_table.begin(), header_table.end(),
                          [](const header_field& f) { return find_header(f.name) == &f; }));

}  // namespace weir::http
