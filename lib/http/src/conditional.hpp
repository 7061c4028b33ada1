// If-None-Match (RFC 9110, 13.1.2). Pure.
#pragma once

#include <string_view>

namespace weir::http {

// Whether the field names the entity tag `etag` (without quotes), so that the answer is 304. Weak comparison;
// `*` names whatever there is. A malformed list counts up to its first mistake.
bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace weir::http
