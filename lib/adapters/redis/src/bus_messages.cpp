#include "bus_messages.hpp"

#include <charconv>
#include <system_error>
#include <utility>

namespace weir {
namespace {

// Cuts `text` behind the first `mark` and returns what was before it; all of it if there is no mark.
std::string_view take_until(std::string_view& text, char mark) {
    const auto at = text.find(mark);
    const auto taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

result<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (ec != std::errc{} || end != text.data() + text.size()) return errc::protocol;
    return out;
}

}  // namespace

std::vector<std::string> bus_bodies(const std::vector<std::string>& keys,
                                    const std::vector<std::string>& tags) {
    std::vector<std::string> bodies{std::string()};
    std::size_t names = 0;
    const auto add = [&](std::string_view kind, const std::string& name) {
        if (names == bus_names_max) {
            bodies.emplace_back();
            names = 0;
        }
        ++names;
        bodies.back().append("\n").append(kind).append(name);
    };
    for (const std::string& key : keys) add("k ", key);
    for (const std::string& tag : tags) add("t ", tag);
    return bodies;
}

std::string bus_text(const bus_acknowledgement& a) {
    return a.node + " " + std::to_string(a.sequence);
}

result<bus_message> read_bus_message(std::string_view text) {
    auto head = take_until(text, '\n');
    const auto sequence = number(take_until(head, ' '));
    if (!sequence) return sequence.error();
    if (head.empty()) return errc::protocol;
    bus_message out{.sequence = *sequence, .origin = std::string(head), .keys = {}, .tags = {}};
    while (!text.empty()) {
        const auto line = take_until(text, '\n');
        if (line.size() < 3 || line[1] != ' ') return errc::protocol;
        if (line[0] == 'k') {
            out.keys.emplace_back(line.substr(2));
        } else if (line[0] == 't') {
            out.tags.emplace_back(line.substr(2));
        } else {
            return errc::protocol;
        }
    }
    return out;
}

result<bus_acknowledgement> read_bus_acknowledgement(std::string_view text) {
    const auto node = take_until(text, ' ');
    const auto sequence = number(text);
    if (!sequence) return sequence.error();
    if (node.empty()) return errc::protocol;
    return bus_acknowledgement{std::string(node), *sequence};
}

}  // namespace weir
