#include "weir/policy/parsed_key.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

using values_found = std::vector<std::optional<std::string>>;

// Undoes key_part(). Lets sloppy input through: rendering the result again shows it.
std::optional<std::string> part_value(std::string_view part) {
    if (part == "=") return std::string{};
    if (part.empty() || part.front() == '=') return std::nullopt;
    return decode_uri_component(part);
}

// Returns the value of each placeholder. `rendered` fits the template, so it has a part for each segment.
// Where a placeholder occurs twice the last one counts: rendering the result shows whether they agree.
values_found values_in(const key_template& key, std::string_view rendered, std::size_t count) {
    values_found out(count);
    for (const auto& segment : key.segments()) {
        const std::size_t end = std::min(rendered.find(':'), rendered.size());
        const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
        if (placeholder != nullptr) out[placeholder->index] = part_value(rendered.substr(0, end));
        rendered.remove_prefix(std::min(end + 1, rendered.size()));
    }
    return out;
}

bool is_normal(const parameter& p, const std::string& value) {
    const auto again = normalise(p.rule, value);
    const auto* text = std::get_if<std::string>(&again);
    return value == p.default_value || (text != nullptr && *text == value);
}

std::optional<std::vector<std::string>> accepted(const resource& r, values_found found) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i] || !is_normal(r.parameters[i], *found[i])) return std::nullopt;
        values.push_back(std::move(*found[i]));
    }
    return values;
}

}  // namespace

std::optional<parsed_key> parse_key(const policy& p, std::string_view key) {
    const std::string head = p.key_head();
    if (!key.starts_with(head + ":")) return std::nullopt;
    const std::string_view rest = key.substr(head.size() + 1);
    for (const resource& r : p.resources) {
        if (!r.cached || !r.cached->key.fits(rest)) continue;
        auto values = accepted(r, values_in(r.cached->key, rest, r.parameters.size()));
        if (values && r.cached->key.render(head, *values) == key) return parsed_key{&r, std::move(*values)};
    }
    return std::nullopt;
}

}  // namespace weir
