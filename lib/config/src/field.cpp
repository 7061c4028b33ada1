#include "field.hpp"

#include "weir/config/units.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

std::string in_quotes(std::string_view text) {
    return text.empty() ? std::string{} : fmt::format("\"{}\"", text);
}

bool is_key_segment(std::string_view text) {
    constexpr std::size_t bytes_max = 64;
    return !text.empty() && text.size() <= bytes_max &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> value_of(section& s, std::string_view name, text) {
    const auto value = s.text(name);
    return value ? std::optional{value->text} : std::nullopt;
}

std::optional<bool> value_of(section& s, std::string_view name, yes_or_no) {
    return s.boolean(name);
}

std::optional<std::size_t> value_of(section& s, std::string_view name, choice of) {
    const auto word = s.word(name, of.of);
    if (!word) return std::nullopt;
    return static_cast<std::size_t>(std::find(of.of.begin(), of.of.end(), *word) - of.of.begin());
}

std::optional<std::int64_t> value_of(section& s, std::string_view name, integer_bounds bounds) {
    return s.integer(name, bounds);
}

std::optional<double> value_of(section& s, std::string_view name, number_bounds bounds) {
    return s.number(name, bounds);
}

std::optional<milliseconds> value_of(section& s, std::string_view name, duration_bounds bounds) {
    return s.duration(name, bounds);
}

std::optional<std::size_t> value_of(section& s, std::string_view name, size_bounds bounds) {
    return s.size(name, bounds);
}

std::optional<endpoint> value_of(section& s, std::string_view name, address) {
    const auto value = s.text(name);
    if (!value) return std::nullopt;
    auto made = parse_endpoint(value->text);
    if (!made) {
        s.complain(value->at, fmt::format("{}.{} {} is not host:port", s.title(), name, value->quoted()),
                   "write for example \"127.0.0.1:8080\", \"[::1]:8080\" or \"0.0.0.0:8080\"");
    }
    return made;
}

std::optional<std::string> value_of(section& s, std::string_view name, key_segment) {
    const auto value = s.text(name);
    if (!value) return std::nullopt;
    if (is_key_segment(value->text)) return value->text;
    s.complain(value->at, fmt::format("{}.{} {} cannot stand in a key", s.title(), name, value->quoted()),
               "use up to 64 of a-z 0-9 . _ -");
    return std::nullopt;
}

// Reads a URL. It checks only the scheme, since the driver reads the rest. It never shows the text, which may
// hold a password.
std::optional<std::string> value_of(section& s, std::string_view name, const url& of) {
    const auto value = s.text(name);
    if (!value) return std::nullopt;
    const bool is_known = std::any_of(of.schemes.begin(), of.schemes.end(), [&](std::string_view scheme) {
        return value->text.starts_with(scheme);
    });
    if (is_known) return value->text;
    s.complain(value->at, fmt::format("{}.{} is not one that Weir can read", s.title(), name),
               fmt::format("write for example \"{}\"", of.example));
    return std::nullopt;
}

std::string literal(text, const std::string& value) {
    return in_quotes(value);
}
std::string literal(yes_or_no, bool value) {
    return value ? "true" : "false";
}
std::string literal(choice of, std::size_t index) {
    return in_quotes(of.of[index]);
}
std::string literal(integer_bounds, std::int64_t value) {
    return std::to_string(value);
}
std::string literal(number_bounds, double value) {
    return fmt::format("{:g}", value);
}
std::string literal(duration_bounds, milliseconds value) {
    return in_quotes(duration_text(value));
}
std::string literal(size_bounds, std::size_t value) {
    return in_quotes(size_text(value));
}
std::string literal(address, const endpoint& value) {
    return in_quotes(fmt::format("{}:{}", value.host, value.port));
}
std::string literal(key_segment, const std::string& value) {
    return in_quotes(value);
}
std::string literal(const url&, const std::string& value) {
    return in_quotes(value);
}

}  // namespace weir::config
