// Request targets: their forms (RFC 9112, 3.2), percent-decoding, and the arguments of a query. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::http {

struct split_target {
    std::string_view path;   // begins with '/'
    std::string_view query;  // without '?'
};

// Splits a target in origin form or absolute form. Returns nullopt for the other forms (`*`, an authority),
// for a fragment, which is never sent, and for bytes outside of visible ASCII, which must be escaped.
std::optional<split_target> split(std::string_view target);

enum class decoding { path, query };  // in a query '+' stands for a space

// Returns nullopt if an escape is malformed. What the bytes mean (UTF-8, control characters) is for
// weir::normalise to judge. An escaped slash becomes part of the value.
std::optional<std::string> percent_decode(std::string_view encoded, decoding how);

// Returns whether there is nothing to decode: no escape, and no '+' that stands for a space.
bool is_decoded(std::string_view encoded, decoding how);

// Returns whether there is something to decode in `encoded`, and it decodes to `text`.
bool is_escaped_form(std::string_view encoded, decoding how, std::string_view text);

// Returns whether `encoded` decodes to `text`. Nothing is shorter encoded than decoded. Returns false for a
// malformed escape.
inline bool is_same_decoded(std::string_view encoded, decoding how, std::string_view text) {
    if (encoded.size() < text.size()) return false;
    if (encoded == text) return is_decoded(encoded, how);
    return is_escaped_form(encoded, how, text);
}

struct argument {
    std::string_view name;  // both still encoded
    std::string_view value;
};

// Takes the next argument off the front of `rest`. Returns nullopt at its end.
std::optional<argument> next_argument(std::string_view& rest);

}  // namespace weir::http
