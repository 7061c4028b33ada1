// Cursors: where a page begins, as clients see it. A cursor is the base64url (RFC 4648, section 5, without
// padding) of the value that the key and the SQL get. A client sends back the cursor that an answer gave it.
//
// Cursors are opaque, but neither secret nor signed. A made-up one asks for a page that no answer links to.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir {

std::string encode_cursor(std::string_view value);

// Returns nullopt for a text that encode_cursor never returns: another alphabet, padding, stray bits. So each
// value has one spelling.
std::optional<std::string> decode_cursor(std::string_view text);

}  // namespace weir
