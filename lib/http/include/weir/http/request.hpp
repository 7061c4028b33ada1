// A request as the parser leaves it: the request line and the few fields that the engine or an endpoint acts
// on (header_table.hpp). There is no map of fields.
//
// All views point into the session's own buffer and stay valid until the answer is complete, across
// suspensions too: the session neither reads nor moves its buffer while it answers. Nothing may keep them
// longer.
#pragma once

#include <array>
#include <string_view>
#include <utility>

namespace weir::http {

enum class method { get, head, post, put, patch, del, other };

// Every method but `other`, as it is sent.
inline constexpr auto method_texts =
    std::to_array<std::pair<method, std::string_view>>({{method::get, "GET"},
                                                        {method::head, "HEAD"},
                                                        {method::post, "POST"},
                                                        {method::put, "PUT"},
                                                        {method::patch, "PATCH"},
                                                        {method::del, "DELETE"}});

constexpr std::string_view text_of(method m) {
    for (const auto& [each, text] : method_texts) {
        if (each == m) return text;
    }
    return {};
}

constexpr method method_of(std::string_view sent) {
    for (const auto& [each, text] : method_texts) {
        if (text == sent) return each;
    }
    return method::other;
}

struct request {
    method what = method::other;
    std::string_view method_text{};
    std::string_view target{};  // as sent
    std::string_view path{};    // still percent-encoded; begins with '/'
    std::string_view query{};   // still percent-encoded, without '?'

    std::string_view accept{};           // several lines of it are joined with a comma; empty when absent
    std::string_view accept_encoding{};  // the same
    std::string_view if_none_match{};    // the same
    std::string_view authorization{};
    std::string_view content_type{};
    std::string_view request_id{};   // X-Request-Id as sent
    std::string_view traceparent{};  // as sent
    std::string_view body{};         // whole, without its transfer coding

    bool is_http_1_0 = false;
    bool keep_alive = true;
    bool expects_continue = false;
};

}  // namespace weir::http
