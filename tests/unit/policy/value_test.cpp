#include "weir/policy/value.hpp"

#include "support/catch.hpp"

namespace {

using weir::value_rule;
using weir::value_type;

std::string value_of(const value_rule& rule, std::string_view raw) {
    const auto out = weir::normalise(rule, raw);
    const auto* text = std::get_if<std::string>(&out);
    return text != nullptr ? *text : "refused: " + std::get<weir::value_refusal>(out).why;
}

value_rule of_type(value_type type) {
    value_rule rule;
    rule.type = type;
    return rule;
}

}  // namespace

TEST_CASE("text is trimmed and kept as written otherwise") {
    CHECK(value_of({}, "  en-US\t\n") == "en-US");
    CHECK(value_of({}, "Straße") == "Straße");
}

TEST_CASE("text is folded to lower case only where it is declared so") {
    value_rule rule;
    CHECK(value_of(rule, "EN") == "EN");
    rule.folded = true;
    CHECK(value_of(rule, "EN/us") == "en/us");
    CHECK(value_of(rule, "É") == "É");  // ASCII only: folding Unicode depends on the language
}

TEST_CASE("text that is empty after trimming is refused unless it may be empty") {
    value_rule rule;
    CHECK(value_of(rule, " \t ") == "refused: must not be empty");
    rule.may_be_empty = true;
    CHECK(value_of(rule, " ").empty());
}

TEST_CASE("text with control characters or broken UTF-8 is refused") {
    CHECK(value_of({}, std::string_view{"a\0b", 3}) == "refused: must not contain control characters");
    CHECK(value_of({}, "a\x1b[31m") == "refused: must not contain control characters");
    CHECK(value_of({}, "a\x7f") == "refused: must not contain control characters");
    CHECK(value_of({}, "a\xff") == "refused: must be valid UTF-8");
    CHECK(value_of({}, "\xc0\xaf") == "refused: must be valid UTF-8");      // overlong
    CHECK(value_of({}, "\xed\xa0\x80") == "refused: must be valid UTF-8");  // half a surrogate pair
    CHECK(value_of({}, "a\nb\tc") == "a\nb\tc");
}

TEST_CASE("text longer than its bound is refused") {
    value_rule rule;
    rule.length_max = 4;
    CHECK(value_of(rule, "abcd") == "abcd");
    CHECK(value_of(rule, "abcde") == "refused: must be at most 4 bytes long");
}

TEST_CASE("an integer has one canonical form") {
    const auto rule = of_type(value_type::integer);
    CHECK(value_of(rule, "007") == "7");
    CHECK(value_of(rule, "-0") == "0");
    CHECK(value_of(rule, " 42 ") == "42");
    CHECK(value_of(rule, "-9223372036854775808") == "-9223372036854775808");
}

TEST_CASE("what is not an integer of 64 bits is refused") {
    const auto rule = of_type(value_type::integer);
    for (const char* raw : {"", "1.5", "+1", "1e3", "0x10", "1 2", "--1", "one"}) {
        CHECK(value_of(rule, raw) == "refused: must be an integer");
    }
    CHECK(value_of(rule, "9223372036854775808") == "refused: is out of the range of 64 bits");
}

TEST_CASE("an integer outside of its range is refused with the bound") {
    auto rule = of_type(value_type::integer);
    rule.min = 0;
    rule.max = 10;
    CHECK(value_of(rule, "-1") == "refused: must be at least 0");
    CHECK(value_of(rule, "11") == "refused: must be at most 10");
}

TEST_CASE("a boolean is true or false and nothing else") {
    const auto rule = of_type(value_type::boolean);
    CHECK(value_of(rule, "true") == "true");
    CHECK(value_of(rule, "false") == "false");
    for (const char* raw : {"", "1", "True", "yes"})
        CHECK(value_of(rule, raw) == "refused: must be true or false");
}

TEST_CASE("a timestamp is checked for its form and kept as written") {
    const auto rule = of_type(value_type::timestamp);
    for (const char* raw :
         {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678+07:00", "2024-02-29T00:00:00Z"}) {
        CHECK(value_of(rule, raw) == raw);
    }
    for (const char* raw : {"", "2026-01-02", "2026-01-02T03:04:05", "2026-02-30T03:04:05Z",
                            "2026-01-02T24:00:00Z", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05+7",
                            "2026-01-02T03:04:05Zx", "0000-00-00T00:00:00Z", "2026-01-02T03:04:05+24:00"}) {
        CHECK(value_of(rule, raw).starts_with("refused: must be a time"));
    }
}

TEST_CASE("a value that is not among the declared ones is refused with the list") {
    value_rule rule;
    rule.one_of = {"draft", "published"};
    rule.folded = true;
    CHECK(value_of(rule, " Draft ") == "draft");
    CHECK(value_of(rule, "gone") == "refused: must be one of draft, published");
}
