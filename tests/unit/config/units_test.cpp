#include "weir/config/units.hpp"

#include "support/catch.hpp"

namespace weir::units_test {

using weir::milliseconds;
using weir::config::parse_duration;
using weir::config::parse_size;

TEST_CASE("durations are a whole number and a unit") {
    CHECK(parse_duration("250ms") == milliseconds{250});
    CHECK(parse_duration("300s") == milliseconds{300'000});
    CHECK(parse_duration("5m") == milliseconds{300'000});
    CHECK(parse_duration("1h") == milliseconds{3'600'000});
    CHECK(parse_duration("1d") == milliseconds{86'400'000});
    CHECK(parse_duration("0s") == milliseconds{0});
    for (const char* text : {"", "s", "5", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5s", "5S", "5min",
                             "9223372036854775807d", "99999999999999999999s"}) {
        INFO(text);
        CHECK_FALSE(parse_duration(text).has_value());
    }
}

TEST_CASE("sizes are a whole number and a binary unit") {
    CHECK(parse_size("512B") == 512U);
    CHECK(parse_size("64KiB") == 65'536U);
    CHECK(parse_size("1MiB") == 1'048'576U);
    CHECK(parse_size("1GiB") == 1'073'741'824U);
    CHECK(parse_size("0") == 0U);
    for (const char* text : {"", "64", "64KB", "64kib", "-1B", "1.5MiB", "9223372036854775807GiB"}) {
        INFO(text);
        CHECK_FALSE(parse_size(text).has_value());
    }
}

TEST_CASE("durations and sizes are printed in the form that is read back") {
    for (const char* text : {"250ms", "90s", "5m", "36h", "2d", "0s"}) {
        CHECK(weir::config::duration_text(*parse_duration(text)) == text);
    }
    for (const char* text : {"512B", "64KiB", "3MiB", "0B"})
        CHECK(weir::config::size_text(*parse_size(text)) == text);
}

}  // namespace weir::units_test
