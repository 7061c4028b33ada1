#include "http_date.hpp"

#include <fmt/chrono.h>

namespace weir::http {

std::string_view http_date::at(unix_ms now) {
    const auto whole = std::chrono::floor<seconds>(now);
    if (whole != when_) {
        when_ = whole;
        text_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                            fmt::gmtime(std::chrono::system_clock::to_time_t(whole)));
    }
    return text_;
}

}  // namespace weir::http
