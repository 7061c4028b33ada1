// SQL templates: positions stay in the text, numbers match names, and what was converted once converts to
// itself.
#include "weir/config/sql_template.hpp"

#include "require.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const std::vector<std::string> known{"a", "id"};
    const auto out = weir::to_positional(input, known);
    for (const auto& p : out.problems) FUZZ_REQUIRE(p.offset <= input.size() && !p.what.empty());
    if (out.problems.empty()) {
        FUZZ_REQUIRE(out.names.size() <= known.size());
        FUZZ_REQUIRE(!weir::first_keyword(input).empty() || !out.sql.empty());
        if (out.names.empty()) FUZZ_REQUIRE(weir::to_positional(out.sql, known).sql == out.sql);
    }
    for (const auto& t : weir::write_targets(input))
        FUZZ_REQUIRE(t.offset < input.size() && !t.table.empty());
    return 0;
}
