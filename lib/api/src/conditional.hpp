// If-None-Match (RFC 9110, 13.1.2). Pure.
#pragma once

#include <string_view>

namespace weir::api {

// Returns whether the field is `*`, which matches any representation.
bool names_everything(std::string_view if_none_match);

// Returns whether the field names the entity tag `etag` + `suffix` (without quotes), by weak comparison. A
// malformed list counts up to its first mistake.
bool names_etag(std::string_view if_none_match, std::string_view etag, std::string_view suffix = {});

}  // namespace weir::api
