#include "weir/config/units.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace weir::config {
namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 5> durations{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 4> sizes{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}};

template <std::size_t N>
std::optional<std::uint64_t> parse(std::string_view text, const std::array<unit, N>& units) {
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view name{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    for (const auto& u : units) {
        if (u.name == name) return count > most / u.factor ? std::nullopt : std::optional{count * u.factor};
    }
    return std::nullopt;
}

template <std::size_t N>
std::string print(std::uint64_t value, const std::array<unit, N>& units) {
    for (const auto& u : units) {
        if (value % u.factor == 0 && value != 0)
            return std::to_string(value / u.factor) + std::string{u.name};
    }
    return "0" + std::string{units[N - 1].name};
}

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    const auto value = parse(text, durations);
    if (!value) return std::nullopt;
    return milliseconds{static_cast<milliseconds::rep>(*value)};
}

std::optional<std::size_t> parse_size(std::string_view text) {
    if (text == "0") return 0;  // none of any unit
    const auto value = parse(text, sizes);
    if (!value) return std::nullopt;
    return static_cast<std::size_t>(*value);
}

std::string duration_text(milliseconds value) {
    if (value == milliseconds{0}) return "0s";
    return print(static_cast<std::uint64_t>(value.count()), durations);
}

std::string size_text(std::size_t value) {
    return print(value, sizes);
}

std::string count_text(std::size_t count, std::string_view noun) {
    return std::to_string(count) + " " + std::string{noun} + (count == 1 ? "" : "s");
}

}  // namespace weir::config
