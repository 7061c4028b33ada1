#include "weir/base/log.hpp"

#include "weir/base/time.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <iterator>
#include <string>

namespace weir::log {
namespace {

spdlog::logger& logger() {
    static const auto instance = [] {
        auto made =
            std::make_shared<spdlog::logger>("weir", std::make_shared<spdlog::sinks::stderr_sink_mt>());
        made->set_pattern("%v");  // the line is JSON already
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *instance;
}

spdlog::level::level_enum to_spdlog(level l) {
    switch (l) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

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

// Client bytes reach the log (a path, a peer's error text), so strings are escaped by the JSON library.
std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::string_view{text.data(), text.size()});
}

void append(std::string& line, const field& f) {
    const auto out = std::back_inserter(line);
    fmt::format_to(out, ",{}:", quoted(f.name));
    if (const auto* s = std::get_if<std::string_view>(&f.value)) {
        line += quoted(*s);
    } else if (const auto* i = std::get_if<std::int64_t>(&f.value)) {
        fmt::format_to(out, "{}", *i);
    } else if (const auto* d = std::get_if<double>(&f.value)) {
        fmt::format_to(out, "{}", *d);
    } else {
        line += std::get<bool>(f.value) ? "true" : "false";
    }
}

}  // namespace

void set_level(level minimum) {
    logger().set_level(to_spdlog(minimum));
}

void write(level severity, std::string_view event, std::initializer_list<field> fields) {
    if (!logger().should_log(to_spdlog(severity))) return;
    const auto now = unix_now();
    const auto whole = std::chrono::floor<seconds>(now);
    std::string line = fmt::format(R"({{"ts":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","event":{})",
                                   fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                                   (now - whole).count(), name(severity), quoted(event));
    for (const field& f : fields) append(line, f);
    line += '}';
    logger().log(to_spdlog(severity), line);
}

}  // namespace weir::log
