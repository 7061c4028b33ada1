#include "weir/redis/slots.hpp"

#include <array>
#include <charconv>
#include <string>
#include <system_error>

namespace weir::redis {
namespace {

// Returns the remainders of all bytes, shifted by 16 bits, divided by x^16 + x^12 + x^5 + 1.
constexpr std::array<std::uint16_t, 256> remainders() {
    std::array<std::uint16_t, 256> out{};
    for (unsigned byte = 0; byte < out.size(); ++byte) {
        unsigned rest = byte << 8;
        for (int bit = 0; bit < 8; ++bit) rest = (rest & 0x8000U) != 0 ? (rest << 1) ^ 0x1021U : rest << 1;
        out[byte] = static_cast<std::uint16_t>(rest);
    }
    return out;
}

std::string_view hashed_part(std::string_view key) {
    const auto open = key.find('{');
    if (open == std::string_view::npos) return key;
    const auto close = key.find('}', open + 1);
    if (close == std::string_view::npos || close == open + 1) return key;
    return key.substr(open + 1, close - open - 1);
}

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number out{};
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

template <class Number>
std::optional<Number> number_at(const std::vector<reply>& parts, std::size_t i, std::int64_t most) {
    const auto* found = i < parts.size() ? parts[i].as<std::int64_t>() : nullptr;
    if (found == nullptr || *found < 0 || *found > most) return std::nullopt;
    return static_cast<Number>(*found);
}

// Reads {host, port, id, …}. The host is nil or empty if the server does not know it.
std::optional<server_address> node_in(const reply& node, const server_address& source) {
    const auto* parts = node.as<std::vector<reply>>();
    if (parts == nullptr || parts->empty()) return std::nullopt;
    const auto port = number_at<std::uint16_t>(*parts, 1, 65535);
    if (!port) return std::nullopt;
    const auto* host = parts->front().as<std::string>();
    const bool is_named = host != nullptr && !host->empty() && *host != "?";
    return server_address{.host = is_named ? *host : source.host, .port = *port, .socket_path = {}};
}

std::optional<slot_range> range_in(const reply& range, const server_address& source) {
    const auto* parts = range.as<std::vector<reply>>();
    if (parts == nullptr || parts->size() < 3) return std::nullopt;
    const auto first = number_at<std::uint16_t>(*parts, 0, slot_count - 1);
    const auto last = number_at<std::uint16_t>(*parts, 1, slot_count - 1);
    auto master = node_in(parts->at(2), source);
    if (!first || !last || *first > *last || !master) return std::nullopt;
    return slot_range{*first, *last, std::move(*master)};
}

// Cuts off the first word and returns it.
std::string_view take_word(std::string_view& text) {
    const auto at = text.find(' ');
    const auto word = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return word;
}

}  // namespace

std::uint16_t slot_of(std::string_view key) {
    static constexpr auto table = remainders();
    std::uint16_t rest = 0;
    for (const char c : hashed_part(key)) {
        const auto at = static_cast<unsigned char>((rest >> 8) ^ static_cast<unsigned char>(c));
        rest = static_cast<std::uint16_t>((rest << 8) ^ table[at]);
    }
    return static_cast<std::uint16_t>(rest % slot_count);
}

result<std::vector<slot_range>> read_slots(const reply& answer, const server_address& source) {
    const auto* ranges = answer.as<std::vector<reply>>();
    if (ranges == nullptr) return errc::protocol;
    std::vector<slot_range> out;
    for (const reply& r : *ranges) {
        auto range = range_in(r, source);
        if (!range) return errc::protocol;
        out.push_back(std::move(*range));
    }
    return out;
}

std::optional<redirection> redirection_in(const error_reply& r, const server_address& source) {
    std::string_view text = r.text;
    const auto word = take_word(text);
    if (word != "MOVED" && word != "ASK") return std::nullopt;
    redirection out;
    out.what = word == "ASK" ? redirection::kind::ask : redirection::kind::moved;
    const auto slot = number<std::uint16_t>(take_word(text));
    const auto colon = text.rfind(':');  // an IPv6 address has more, and no brackets
    if (!slot || *slot >= slot_count || colon == std::string_view::npos) return std::nullopt;
    const auto port = number<std::uint16_t>(text.substr(colon + 1));
    if (!port || *port == 0) return std::nullopt;
    out.slot = *slot;
    out.to = {.host = std::string(text.substr(0, colon)), .port = *port, .socket_path = {}};
    if (out.to.host.empty() || out.to.host == "?") out.to.host = source.host;
    return out;
}

}  // namespace weir::redis
