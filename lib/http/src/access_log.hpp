// Writes one JSON line per request, or for a share of them. Never a header's or a body's content.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <string_view>

namespace weir::http {

struct access_line {
    std::string_view listener;
    std::string_view method;
    std::string_view target;
    std::string_view route;
    unsigned status = 0;
    std::size_t bytes = 0;  // of the body
    steady_clock::duration took{};
    std::string_view cache;  // the outcome; empty if no cache was asked
    std::string_view request_id;
    std::string_view trace_id;  // empty when the request had none
};

class access_log {
 public:
    explicit access_log(double ratio) : ratio_(ratio) {}

    // Counts a request. Returns whether it is one of the share.
    bool is_due();

    static void write(const access_line& line);

 private:
    double ratio_;
    double owed_ = 0;  // lines; spreads a share of the requests evenly
};

}  // namespace weir::http
