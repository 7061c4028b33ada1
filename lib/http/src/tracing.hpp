// Request ids and W3C Trace Context: checks the ids that a client sends, and makes new ones. Pure, except
// request_ids.
#pragma once

#include <array>
#include <string_view>

namespace weir::http {

// Returns whether a client's X-Request-Id may be echoed and logged: 1 to 128 letters, digits and - _ . : / +
// = @.
bool is_sane_request_id(std::string_view id);

// Returns whether the value is "00-<32 hex>-<16 hex>-<2 hex>", in lower case and without an all-zero id. A
// later version may have more text at the end (W3C Trace Context, 3.2).
bool is_traceparent(std::string_view value);

// Returns the 32 hex digits of a valid traceparent's trace id.
std::string_view trace_id_of(std::string_view traceparent);

// Makes ids that are unique, but not secret: 64 random bits of the listener and a count. So no request waits
// for randomness.
class request_ids {
 public:
    request_ids();

    // Returns a new id. Valid until the next call.
    std::string_view next();

 private:
    std::array<char, 32> text_{};  // random, then the count
};

}  // namespace weir::http
