// What answers one method of one path, and what it says.
//
// Endpoints belong to one worker's router and run on its executor; they hold no state of a request.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/base/time.hpp"
#include "weir/http/request.hpp"
#include "weir/http/shared_bytes.hpp"

#include <span>
#include <string>
#include <string_view>

namespace weir::http {

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
    void reset();
    void field(std::string_view name, std::string_view value);
};

class endpoint {
 public:
    virtual ~endpoint() = default;

    // Answers at once and returns true; or returns false, having touched nothing, and respond() is to be
    // awaited. This is where a hit in L1 will be served without a coroutine.
    virtual bool respond_now(const call& /*c*/, response& /*out*/) { return false; }

    virtual awaitable<void> respond(const call& c, response& out) = 0;
};

}  // namespace weir::http
