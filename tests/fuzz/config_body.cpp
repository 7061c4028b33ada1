// Bodies of writes: any bytes give values that obey their rules, or problems that name the field.
#include "weir/policy/body.hpp"

#include "require.hpp"

#include <cstdint>
#include <string_view>
#include <variant>

namespace {

weir::write make_write() {
    weir::write w;
    const auto add = [&](std::string name, weir::value_type type, bool is_array = false) {
        weir::parameter p;
        p.name = std::move(name);
        p.source = weir::parameter_source::body;
        p.rule.type = type;
        p.rule.trimmed = false;
        p.rule.as_string = true;
        p.rule.is_array = is_array;
        p.rule.may_hold_nulls = is_array;
        p.required = false;
        w.parameters.push_back(std::move(p));
    };
    add("t", weir::value_type::text);
    add("i", weir::value_type::integer);
    add("b", weir::value_type::boolean);
    add("s", weir::value_type::timestamp);
    add("n", weir::value_type::decimal);
    add("u", weir::value_type::uuid);
    add("d", weir::value_type::date);
    add("j", weir::value_type::json);
    add("ts", weir::value_type::text, true);
    add("ns", weir::value_type::decimal, true);
    return w;
}

// Requires that every quote is closed before the brace at the end, and that nothing stands between the items.
void check_array(std::string_view literal) {
    FUZZ_REQUIRE(literal.size() >= 2 && literal.front() == '{' && literal.back() == '}');
    bool is_quoted = false;
    for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
        const char c = literal[i];
        if (is_quoted && c == '\\') {
            ++i;
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted) {
            FUZZ_REQUIRE(std::string_view{"NUL,"}.find(c) != std::string_view::npos);
        }
    }
    FUZZ_REQUIRE(!is_quoted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const weir::write w = make_write();
    const auto out = weir::read_body(w, {}, {reinterpret_cast<const char*>(data), size});
    FUZZ_REQUIRE(out.values.size() == w.parameters.size());
    for (const auto& p : out.problems) FUZZ_REQUIRE(!p.why.empty());
    if (!out.problems.empty()) return 0;
    for (std::size_t i = 0; i < out.values.size(); ++i) {
        if (!out.values[i]) continue;
        const weir::value_rule& rule = w.parameters[i].rule;
        if (rule.is_array) {
            check_array(*out.values[i]);
            continue;
        }
        const auto again = weir::normalise(rule, *out.values[i]);
        const bool has_kept_zeros = rule.type == weir::value_type::decimal;
        FUZZ_REQUIRE(std::holds_alternative<std::string>(again));
        FUZZ_REQUIRE(has_kept_zeros || std::get<std::string>(again) == *out.values[i]);
    }
    return 0;
}
