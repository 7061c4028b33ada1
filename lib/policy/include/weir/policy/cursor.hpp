// Cursors: where a page begins, as clients see it. The base64url (RFC 4648, section 5, without padding) of
// the value that the key and the SQL get; a client hands back what an answer gave it and need not understand
// it.
//
// Opaque, not secret and not signed: a made-up cursor asks for a page that nobody links to, no more. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir {

std::string encode_cursor(std::string_view value);

// Nothing for what encode_cursor gives for no value: another alphabet, padding, stray bits. So each value has
// one spelling.
std::optional<std::string> decode_cursor(std::string_view text);

}  // namespace weir
