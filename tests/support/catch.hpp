// Catch2 2 (Debian 12) and 3 (Debian 13) under one include.
#pragma once

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

namespace weir::test {

// Matches a text that has `part` in it. Catch2 3 gives the old name to a matcher of ranges.
inline auto contains_text(const std::string& part) {
#if __has_include(<catch2/catch_all.hpp>)
    return Catch::Matchers::ContainsSubstring(part);
#else
    return Catch::Contains(part);
#endif
}

}  // namespace weir::test
