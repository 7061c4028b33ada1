// If-None-Match (RFC 9110, 13.1.2). Pure.
#pragma once

#include <string_view>

namespace weir::api {

// Whether it is `*`, which names whatever there is.
bool names_everything(std::string_view if_none_match);

// Whether the field names the entity tag `etag` + `suffix` (without quotes). Weak comparison. A malformed
// list counts up to its first mistake.
bool names_etag(std::string_view if_none_match, std::string_view etag, std::string_view suffix = {});

}  // namespace weir::api
