#include "parameters.hpp"

#include "weir/http/target.hpp"
#include "weir/policy/cursor.hpp"

#include <utility>

namespace weir::api {

parameter_reader::parameter_reader(const path_pattern& path, const std::vector<parameter>& declared) {
    for (const parameter& p : declared) {
        if (p.source == parameter_source::body) continue;
        source from{.declared = &p, .segment = {}};
        std::size_t named = 0;
        for (const path_pattern::segment& s : path.segments) {
            if (!s.is_parameter) continue;
            if (p.source == parameter_source::path && s.text == p.name) from.segment = named;
            ++named;
        }
        sources_.push_back(from);
    }
}

gathered parameter_reader::read(std::span<const std::string_view> segments, std::string_view query) const {
    gathered out;
    read(segments, query, out);
    return out;
}

void parameter_reader::read(std::span<const std::string_view> segments, std::string_view query,
                            gathered& out) const {
    out.values.resize(sources_.size());
    out.refused.clear();
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const source& from = sources_[i];
        const sent what = from.segment ? sent{.encoded = segments[*from.segment], .times = 1}
                                       : find_in(query, from.declared->name);
        take(from, what, out.values[i], out);
    }
}

parameter_reader::sent parameter_reader::find_in(std::string_view query, const std::string& name) {
    sent found;
    while (const auto next = http::next_argument(query)) {
        if (!http::is_same_decoded(next->name, http::decoding::query, name)) continue;
        found.encoded = next->value;
        ++found.times;
    }
    return found;
}

// Returns why the value is refused, or nullopt if `value` is the normalised one.
std::optional<value_refusal> parameter_reader::decode(const source& from, std::string_view encoded,
                                                      std::string& value) {
    const parameter& p = *from.declared;
    const auto how = from.segment ? http::decoding::path : http::decoding::query;
    if (!p.is_cursor && http::is_decoded(encoded, how)) return normalise(p.rule, encoded, value);
    auto raw = http::percent_decode(encoded, how);
    if (!raw) return value_refusal{"has a malformed percent escape"};
    if (p.is_cursor) raw = decode_cursor(*raw);
    auto refused = raw ? normalise(p.rule, *raw, value) : value_refusal{};
    // The reason is hidden: the client did not write what the cursor contains.
    if (refused && p.is_cursor) return value_refusal{"must be a cursor from an earlier answer"};
    return refused;
}

void parameter_reader::take(const source& from, const sent& what, std::string& value, gathered& out) {
    const parameter& p = *from.declared;
    std::optional<value_refusal> refused;
    if (what.times > 1) {
        refused = value_refusal{"is given more than once"};
    } else if (what.times == 1) {
        refused = decode(from, what.encoded, value);
    } else if (p.required && !p.default_value) {
        refused = value_refusal{"is missing"};
    } else {
        value.assign(p.default_value ? std::string_view{*p.default_value} : std::string_view{});
    }
    if (refused) out.refused.push_back({.name = p.name, .why = std::move(refused->why)});
}

}  // namespace weir::api
