// JSON log lines on standard error, one object a line. Any thread may log. A line is written whole: by the
// thread that logs it, or while there is a log::writer (weir/base/log_writer.hpp), by that one's thread.
//
//     log::info("redis_connected", {{"address", "127.0.0.1:6379"}, {"after_ms", 12}});
//     {"ts":"2026-01-02T03:04:05.678Z","level":"info","event":"redis_connected","address":"127.0.0.1:6379","after_ms":12}
//
// Events are snake_case names that operators can alert on. Never log a URL with its password, a token or a
// body.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace weir::log {

enum class level { debug, info, warn, error };

struct field {
    using value_type = std::variant<std::string_view, std::int64_t, double, bool>;

    field(std::string_view n, std::string_view v) : name(n), value(v) {}
    field(std::string_view n, const char* v) : name(n), value(std::string_view{v}) {}
    field(std::string_view n, bool v) : name(n), value(v) {}
    field(std::string_view n, double v) : name(n), value(v) {}
    template <std::integral I>
    requires(!std::same_as<I, bool>) field(std::string_view n, I v)
        : name(n), value(static_cast<std::int64_t>(v)) {}

    std::string_view name;
    value_type value;
};

void set_level(level least);
void write(level severity, std::string_view event, std::initializer_list<field> fields);

inline void debug(std::string_view event, std::initializer_list<field> fields = {}) {
    write(level::debug, event, fields);
}
inline void info(std::string_view event, std::initializer_list<field> fields = {}) {
    write(level::info, event, fields);
}
inline void warn(std::string_view event, std::initializer_list<field> fields = {}) {
    write(level::warn, event, fields);
}
inline void error(std::string_view event, std::initializer_list<field> fields = {}) {
    write(level::error, event, fields);
}

}  // namespace weir::log
