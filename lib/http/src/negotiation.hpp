// Content negotiation, of which there is little: Weir speaks JSON. Pure.
#pragma once

#include <string_view>

namespace weir::http {

// Whether an Accept field (RFC 9110, 12.5.1) admits application/json. An empty field admits everything. Of
// several ranges the most specific one decides, so "application/json;q=0, */*" is a refusal. A range that
// cannot be read is skipped.
bool accepts_json(std::string_view accept);

}  // namespace weir::http
