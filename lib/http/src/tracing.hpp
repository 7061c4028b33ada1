// Request ids and W3C Trace Context: what a client may send along and what it gets back. Pure.
#pragma once

#include <array>
#include <string_view>

namespace weir::http {

// Whether a client's X-Request-Id may be echoed and logged: 1 to 128 letters, digits and - _ . : / + = @.
bool is_sane_request_id(std::string_view id);

// "00-<32 hex>-<16 hex>-<2 hex>", lower case, no all-zero id; a later version may have more behind it (W3C
// Trace Context, 3.2).
bool is_traceparent(std::string_view value);

// The 32 hex digits of a valid traceparent.
std::string_view trace_id_of(std::string_view traceparent);

// Ids that are unique, not secret: 64 random bits of the listener and a count, so that no request waits for
// randomness.
class request_ids {
 public:
    request_ids();

    // Valid until the next call.
    std::string_view next();

 private:
    std::array<char, 32> text_{};  // random, then the count
};

}  // namespace weir::http
