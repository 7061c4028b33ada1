#include "weir/policy/body.hpp"

#include <simdjson.h>

#include <algorithm>
#include <set>

namespace weir {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

normalised refuse(std::string why) {
    return value_refusal{std::move(why)};
}

// Keeps JSON's own types apart: "12" is no integer and 1 no text. Otherwise a client's mistake would be
// stored.
normalised read_integer(const value_rule& rule, const element& json) {
    if (json.type() == element_type::UINT64) return refuse("is out of the range of 64 bits");
    if (json.type() != element_type::INT64) return refuse("must be an integer");
    return normalise(rule, std::to_string(json.get_int64().value_unsafe()));
}

normalised read_field(const value_rule& rule, const element& json) {
    switch (rule.type) {
        case value_type::integer:
            return read_integer(rule, json);
        case value_type::boolean:
            if (json.type() != element_type::BOOL) return refuse("must be true or false");
            return normalise(rule, json.get_bool().value_unsafe() ? "true" : "false");
        case value_type::text:
        case value_type::timestamp:
            break;
    }
    if (json.type() != element_type::STRING) return refuse("must be a string");
    return normalise(rule, json.get_string().value_unsafe());
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

    void read(const simdjson::dom::object& object) {
        for (const auto& [name, json] : object) read_member(name, json);
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
    void read_member(std::string_view name, const element& json) {
        if (!seen_.emplace(name).second) return complain(name, "stands in the body twice");
        const auto field = std::find_if(
            write_.parameters.begin(), write_.parameters.end(),
            [&](const parameter& p) { return p.source == parameter_source::body && p.name == name; });
        if (field == write_.parameters.end()) return complain(name, "is not a field of this request");
        read_value(static_cast<std::size_t>(field - write_.parameters.begin()), json);
    }

    void read_value(std::size_t i, const element& json) {
        const parameter& p = write_.parameters[i];
        if (json.is_null()) {
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

    bool is_partial_update() const {
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

std::string malformed(simdjson::error_code error) {
    switch (error) {
        case simdjson::UTF8_ERROR:
            return "is not valid UTF-8";
        case simdjson::DEPTH_ERROR:
            return "is nested too deeply";
        case simdjson::NUMBER_ERROR:
            return "is not valid JSON: a number in it cannot be read";
        case simdjson::STRING_ERROR:
            return "is not valid JSON: a string in it cannot be read";
        case simdjson::UNCLOSED_STRING:
            return "is not valid JSON: a string is not closed";
        default:
            return "is not valid JSON";
    }
}

}  // namespace

body_values read_body(const write& w, std::span<const std::string> path_values, std::string_view json) {
    body_reader reader{w, path_values};
    if (is_blank(json)) return reader.finish();
    simdjson::dom::parser parser;
    element document;
    if (const auto error = parser.parse(json.data(), json.size()).get(document)) {
        return reader.refuse_whole(malformed(error));
    }
    simdjson::dom::object object;
    if (document.get(object)) return reader.refuse_whole("must be a JSON object");
    reader.read(object);
    return reader.finish();
}

}  // namespace weir
