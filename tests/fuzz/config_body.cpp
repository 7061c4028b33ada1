// Bodies of writes: any bytes give values that obey their rules, or problems that name the field.
#include "weir/policy/body.hpp"

#include "require.hpp"

#include <cstdint>

namespace {

weir::write make_write() {
    weir::write w;
    const auto add = [&](std::string name, weir::value_type type) {
        weir::parameter p;
        p.name = std::move(name);
        p.source = weir::parameter_source::body;
        p.rule.type = type;
        p.required = false;
        w.parameters.push_back(std::move(p));
    };
    add("t", weir::value_type::text);
    add("i", weir::value_type::integer);
    add("b", weir::value_type::boolean);
    add("s", weir::value_type::timestamp);
    return w;
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
        const auto again = weir::normalise(w.parameters[i].rule, *out.values[i]);
        FUZZ_REQUIRE(std::get<std::string>(again) == *out.values[i]);
    }
    return 0;
}
