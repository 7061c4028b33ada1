#include "log_line.hpp"

#include "weir/base/time.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <iterator>
#include <poll.h>
#include <unistd.h>

namespace weir::log {
namespace {

const char* name(level l) {
    switch (l) {
        case level::debug:
            return "debug";
        case level::info:
            return "info";
        case level::warn:
            return "warn";
        case level::error:
            return "error";
    }
    return "error";
}

// Returns the text as a JSON string. The JSON library escapes it, because client bytes reach the log (a path,
// a peer's error text).
std::string in_quotes(std::string_view text) {
    return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

void append(std::string& line, const field& f) {
    const auto out = std::back_inserter(line);
    fmt::format_to(out, ",{}:", in_quotes(f.name));
    if (const auto* s = std::get_if<std::string_view>(&f.value)) {
        line += in_quotes(*s);
    } else if (const auto* i = std::get_if<std::int64_t>(&f.value)) {
        fmt::format_to(out, "{}", *i);
    } else if (const auto* d = std::get_if<double>(&f.value)) {
        fmt::format_to(out, "{}", *d);
    } else {
        line += std::get<bool>(f.value) ? "true" : "false";
    }
}

}  // namespace

void append_line(std::string& out, level severity, std::string_view event,
                 std::initializer_list<field> fields) {
    const auto now = unix_now();
    const auto whole = std::chrono::floor<seconds>(now);
    fmt::format_to(std::back_inserter(out), R"({{"ts":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","event":{})",
                   fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), (now - whole).count(),
                   name(severity), in_quotes(event));
    for (const field& f : fields) append(out, f);
    out += "}\n";
}

bool write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(file, text.data(), text.size());
        if (n >= 0) {
            text.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {  // the one who started us made it non-blocking
            pollfd room{.fd = file, .events = POLLOUT, .revents = 0};
            ::poll(&room, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

}  // namespace weir::log
