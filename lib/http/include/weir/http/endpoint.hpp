// What answers one method of one path, and what it says.
//
// Endpoints belong to one worker's router and run on its executor; they hold no state of a request.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/base/time.hpp"
#include "weir/http/request.hpp"
#include "weir/http/shared_bytes.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weir::http {

// A routed request, as a gate or an endpoint gets it. It and everything that it refers to stay valid until
// the answer is complete, across suspensions too.
struct call {
    const request& from;
    std::span<const std::string_view> segments;  // of the pattern's named segments, in order, percent-encoded
    bool is_draining = false;
    moment now;  // read after the request came
};

// The session owns one and reuses it, so its strings keep their memory. It adds the fields that every answer
// has: Date, Server, X-Request-Id, traceparent, Content-Length, Connection.
struct response {
    unsigned status = 200;
    std::string fields;        // "Name: value\r\n" each
    std::string body;          // a small one, made for this request
    shared_bytes shared;       // otherwise the body; a large one is written from where it is
    std::string_view outcome;  // for the access log: static text, empty when there is nothing to say

    std::string_view payload() const { return shared ? shared.bytes() : std::string_view{body}; }
    void field(std::string_view name, std::string_view value);

    // Forgets the answer, except the first `field_bytes_kept` of its fields.
    void reset(std::size_t field_bytes_kept = 0);
};

class endpoint {
 public:
    virtual ~endpoint() = default;

    // Answers `c` in `out`. Returns nullopt if the answer is complete, otherwise an awaitable that completes
    // it. A hit in L1 is complete at once, without a coroutine.
    virtual std::optional<awaitable<void>> respond(const call& c, response& out) = 0;
};

}  // namespace weir::http
