// The Date field (RFC 9110, 6.6.1), formatted once a second. One per listener, used on its executor.
#pragma once

#include "weir/base/time.hpp"

#include <string>
#include <string_view>

namespace weir::http {

class http_date {
 public:
    // Returns the date, such as "Sun, 06 Nov 1994 08:49:37 GMT". Valid until the next call.
    std::string_view at(unix_ms now);

 private:
    std::chrono::sys_seconds when_{seconds{-1}};
    std::string text_;
};

}  // namespace weir::http
