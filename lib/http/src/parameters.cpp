#include "parameters.hpp"

#include "weir/policy/cursor.hpp"

#include "target.hpp"

#include <utility>
#include <variant>

namespace weir::http {

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
    out.values.reserve(sources_.size());
    const std::vector<sent> from_query = find_in(query);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
        const source& from = sources_[i];
        take(from, from.segment ? sent{.encoded = segments[*from.segment], .times = 1} : from_query[i], out);
    }
    return out;
}

std::vector<parameter_reader::sent> parameter_reader::find_in(std::string_view query) const {
    std::vector<sent> found(sources_.size());
    while (const auto next = next_argument(query)) {
        const auto name = percent_decode(next->name, decoding::query);
        if (!name) continue;  // no declared name needs an escape that is malformed
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (sources_[i].segment || sources_[i].declared->name != *name) continue;
            found[i].encoded = next->value;
            ++found[i].times;
        }
    }
    return found;
}

void parameter_reader::take(const source& from, const sent& what, gathered& out) {
    const parameter& p = *from.declared;
    const auto refuse = [&](std::string why) {
        out.refused.push_back({.name = p.name, .why = std::move(why)});
    };
    if (what.times > 1) return refuse("is given more than once");
    if (what.times == 0) {
        if (p.default_value) {
            out.values.push_back(*p.default_value);
        } else if (p.required) {
            refuse("is missing");
        } else {
            out.values.emplace_back();
        }
        return;
    }
    auto raw = percent_decode(what.encoded, from.segment ? decoding::path : decoding::query);
    if (!raw) return refuse("has a malformed percent escape");
    if (p.is_cursor) raw = decode_cursor(*raw);
    normalised value = raw ? normalise(p.rule, *raw) : normalised{value_refusal{}};
    if (auto* refusal = std::get_if<value_refusal>(&value)) {
        // What is in a cursor is nobody's business: no client made it.
        return refuse(p.is_cursor ? "must be a cursor from an earlier answer" : std::move(refusal->why));
    }
    out.values.push_back(std::get<std::string>(std::move(value)));
}

}  // namespace weir::http
