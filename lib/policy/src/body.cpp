#include "weir/policy/body.hpp"

#include "weir/policy/array_literal.hpp"

#include "json_text.hpp"

#include <algorithm>
#include <set>

namespace weir {
namespace {

normalised refuse(std::string why) {
    return value_refusal{std::move(why)};
}

// Reads a number with the digits that it is written with. A decimal keeps its zeros, too: 12.50 stays 12.50.
normalised read_number(const value_rule& rule, std::string_view text) {
    normalised out = normalise(rule, text);
    const bool is_decimal = rule.type == value_type::decimal && !std::holds_alternative<value_refusal>(out);
    if (is_decimal) return std::string{text};
    return out;
}

// Keeps JSON's own types apart: "12" is no integer and 1 no text, unless it is declared. Otherwise a client's
// mistake would be stored.
normalised read_scalar(const value_rule& rule, std::string_view json) {
    const json_kind kind = kind_of(json);
    switch (rule.type) {
        case value_type::integer:
        case value_type::decimal:
            if (kind == json_kind::number) return read_number(rule, json);
            if (kind == json_kind::string && rule.as_string) return read_number(rule, unescaped(json));
            return refuse(rule.type == value_type::integer ? "must be an integer" : "must be a number");
        case value_type::boolean:
            if (kind != json_kind::boolean) return refuse("must be true or false");
            return normalise(rule, json);
        case value_type::json:
            return normalise(rule, json);
        case value_type::text:
        case value_type::uuid:
        case value_type::date:
        case value_type::timestamp:
            break;
    }
    if (kind != json_kind::string) return refuse("must be a string");
    return normalise(rule, unescaped(json));
}

normalised read_list(const value_rule& rule, std::string_view json) {
    if (kind_of(json) != json_kind::list) return refuse("must be a list");
    const auto items = items_of(json);
    if (items.size() > rule.items_max) {
        return refuse("must have at most " + std::to_string(rule.items_max) + " items");
    }
    array_literal out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto at = [&](const std::string& why) {
            return refuse("item " + std::to_string(i + 1) + " " + why);
        };
        if (kind_of(items[i]) == json_kind::null) {
            if (!rule.may_hold_nulls) return at("must not be null");
            out.add_null();
            continue;
        }
        const normalised item = read_scalar(rule, items[i]);
        const auto* refusal = std::get_if<value_refusal>(&item);
        if (refusal != nullptr) return at(refusal->why);
        out.add(std::get<std::string>(item));
    }
    return std::move(out).text();
}

normalised read_field(const value_rule& rule, std::string_view json) {
    return rule.is_array ? read_list(rule, json) : read_scalar(rule, json);
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Reads one body: first the fields that it has, then the defaults of those that are absent.
class body_reader {
 public:
    body_reader(const write& w, std::span<const std::string> path_values) : write_(w) {
        out_.values.assign(w.parameters.size(), std::nullopt);
        std::copy_n(path_values.begin(), std::min(path_values.size(), w.parameters.size()),
                    out_.values.begin());
    }

    void read(std::string_view object) {
        for (const auto& member : members_of(object)) read_member(member.name, member.value);
    }

    body_values finish() {
        for (std::size_t i = 0; i < write_.parameters.size(); ++i) add_default(i);
        if (seen_.empty() && out_.problems.empty() && is_partial_update()) {
            complain("", "must have at least one field");
        }
        return std::move(out_);
    }

    body_values refuse_whole(std::string why) {
        out_.is_malformed = true;
        complain("", std::move(why));
        return std::move(out_);
    }

 private:
    void read_member(std::string_view name, std::string_view json) {
        if (!seen_.emplace(name).second) return complain(name, "stands in the body twice");
        const auto field = std::find_if(
            write_.parameters.begin(), write_.parameters.end(),
            [&](const parameter& p) { return p.source == parameter_source::body && p.name == name; });
        if (field == write_.parameters.end()) return complain(name, "is not a field of this request");
        read_value(static_cast<std::size_t>(field - write_.parameters.begin()), json);
    }

    void read_value(std::size_t i, std::string_view json) {
        const parameter& p = write_.parameters[i];
        if (kind_of(json) == json_kind::null) {
            if (!p.rule.may_be_null) complain(p.name, "must not be null");
            return;
        }
        normalised value = read_field(p.rule, json);
        const auto* refusal = std::get_if<value_refusal>(&value);
        if (refusal != nullptr) return complain(p.name, refusal->why);
        out_.values[i] = std::get<std::string>(value);
    }

    void add_default(std::size_t i) {
        const parameter& p = write_.parameters[i];
        if (p.source != parameter_source::body || seen_.contains(p.name)) return;
        if (p.required) complain(p.name, "is required");
        out_.values[i] = p.default_value;
    }

    // Returns whether it makes a row: of defaults alone, if need be. An update of nothing is a mistake.
    bool is_create() const {
        const bool has_path_value =
            std::any_of(write_.parameters.begin(), write_.parameters.end(),
                        [](const parameter& p) { return p.source != parameter_source::body; });
        return write_.success_status == 201 || (write_.method == route_method::post && !has_path_value);
    }

    bool is_partial_update() const {
        if (is_create()) return false;
        bool has_fields = false;
        for (const auto& p : write_.parameters) {
            if (p.source != parameter_source::body) continue;
            if (p.required || p.default_value) return false;
            has_fields = true;
        }
        return has_fields;
    }

    void complain(std::string_view field, std::string why) {
        out_.problems.push_back({std::string{field}, std::move(why)});
    }

    const write& write_;
    body_values out_;
    std::set<std::string, std::less<>> seen_;
};

}  // namespace

body_values read_body(const write& w, std::span<const std::string> path_values, std::string_view json) {
    body_reader reader{w, path_values};
    if (is_blank(json)) return reader.finish();
    if (const char* const problem = json_problem(json)) return reader.refuse_whole(problem);
    const std::string_view document = without_space(json);
    if (kind_of(document) != json_kind::object) return reader.refuse_whole("must be a JSON object");
    reader.read(document);
    return reader.finish();
}

}  // namespace weir
