#include "weir/policy/value.hpp"

#include "support/catch.hpp"

#include <random>

namespace weir::value_test {
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

TEST_CASE("a decimal has one text however it is written") {
    const auto rule = of_type(value_type::decimal);
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
        {"1", {"1", "1.0", "01.00", "+1", "1.", "1e0", "10e-1", "0.1e1", " 1 ", "1E+0", "100e-2"}},
        {"0", {"0", "-0", "+0", "0.0", ".0", "0e9", "-0.000e-5"}},
        {"-12.5", {"-12.5", "-12.50", "-012.5", "-1.25e1", "-125e-1"}},
        {"100", {"100", "1e2", "1.0E2", "100.000"}},
        {"0.015", {".015", "0.015", "15e-3", "0.0150"}},
        {"9007199254740993", {"9007199254740993", "9007199254740993.0", "9.007199254740993e15"}},
        {"123456789012345678901234567890.000000000000000000001",
         {"123456789012345678901234567890.000000000000000000001"}}};
    for (const auto& [canonical, spellings] : cases) {
        for (const auto& spelling : spellings) {
            INFO(spelling);
            CHECK(value_of(rule, spelling) == canonical);
        }
    }
}

TEST_CASE("what is not a finite decimal of bounded length is refused") {
    const auto rule = of_type(value_type::decimal);
    for (const char* raw : {"", ".", "-", "+", "1,5", "--1", "NaN", "Infinity", "-inf", "0x10", "1_000",
                            "1 2", "e5", "1e", "1e+", "1.2.3", "five", "1e5.0"}) {
        INFO(raw);
        CHECK(value_of(rule, raw) == "refused: must be a number such as 12.50");
    }
    for (const std::string& raw :
         {std::string{"1e1000"}, std::string{"1e-1001"}, std::string{"-1e999999999999999999"},
          std::string{"1e-99999999999999999999"}, std::string(1001, '9')}) {
        CHECK(value_of(rule, raw) == "refused: must have at most 1000 digits");
    }
    CHECK(value_of(rule, "1e999").size() == 1000);
    CHECK(value_of(rule, "0e99999999999999999999") == "0");
}

TEST_CASE("a decimal outside of its range is refused with the bound") {
    auto rule = of_type(value_type::decimal);
    CHECK(value_of(rule, "9223372036854775808.5") == "9223372036854775808.5");
    rule.min = 0;
    rule.max = 10;
    for (const char* raw : {"0", "0.01", "9.999", "10", "10.00"})
        CHECK(!value_of(rule, raw).starts_with("refused"));
    for (const char* raw : {"-0.01", "-1", "-100"})
        CHECK(value_of(rule, raw) == "refused: must be at least 0");
    for (const char* raw : {"10.01", "11", "100"})
        CHECK(value_of(rule, raw) == "refused: must be at most 10");
    rule.min = -5;
    CHECK(value_of(rule, "-4.5") == "-4.5");
    CHECK(value_of(rule, "-5.5") == "refused: must be at least -5");
}

namespace {

// Writes the digits of a UUID as uuid_in() would still read them.
std::string spelt_uuid(const std::string& digits, std::mt19937& random) {
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && i % 4 == 0 && random() % 2 == 0) out += '-';
        const bool is_upper = random() % 2 == 0;
        out += static_cast<char>(is_upper ? std::toupper(static_cast<unsigned char>(digits[i])) : digits[i]);
    }
    return random() % 2 == 0 ? "{" + out + "}" : out;
}

}  // namespace

TEST_CASE("a UUID has one text in every spelling that Postgres reads") {
    const auto rule = of_type(value_type::uuid);
    std::mt19937 random{7};
    for (int i = 0; i < 500; ++i) {
        const std::string spelling = spelt_uuid("a0eebc999c0b4ef8bb6d6bb9bd380a11", random);
        INFO(spelling);
        CHECK(value_of(rule, spelling) == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    }
    for (const char* raw :
         {"", "not-a-uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
          "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11", "-a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
          "x0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "a0e-ebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{}",
          "{{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}}"}) {
        INFO(raw);
        CHECK(value_of(rule, raw).starts_with("refused: must be a UUID"));
    }
}

TEST_CASE("a date is a day of the calendar and nothing else") {
    const auto rule = of_type(value_type::date);
    for (const char* raw : {"2026-01-05", "2024-02-29", "0001-01-01", "9999-12-31"})
        CHECK(value_of(rule, raw) == raw);
    for (const char* raw :
         {"", "2026-1-5", "20260105", "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
          "10000-01-01", "today", "epoch", "infinity", "2026-01-05T00:00:00Z", "05/01/2026", "5 Jan 2026",
          "2026-01-05 BC", "+2026-01-05"}) {
        INFO(raw);
        CHECK(value_of(rule, raw) == "refused: must be a date such as 2026-01-05");
    }
}

TEST_CASE("JSON is checked and kept as written") {
    auto rule = of_type(value_type::json);
    rule.length_max = 1000;
    for (const char* raw : {R"({"a": [1.50, 1e400, -0], "b":null})", "[]", "{}", "true",
                            "12345678901234567890", R"("a\u00fc\ud83d\ude00")", "[ 1 , 2 ]", "0.0"}) {
        INFO(raw);
        CHECK(value_of(rule, raw) == raw);
    }
    for (const char* raw :
         {"",        "{",         "[1,]",        "{\"a\":}",    "{\"a\" 1}", "{a:1}", "nul",       "truee",
          "[1 2]",   "01",        "1.",          ".5",          "+1",        "1e",    "-",         "\"",
          "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\"", "\"\t\"",    "[]]",   "{\"a\":1,}"}) {
        INFO(raw);
        CHECK(value_of(rule, raw).starts_with("refused: is not valid JSON"));
    }
    CHECK(value_of(rule, R"(["\u0000"])") == R"(refused: must not contain \u0000)");
    CHECK(value_of(rule, R"(["\\u0000"])") == R"(["\\u0000"])");  // a backslash, and four zeros
    CHECK(value_of(rule, std::string(200, '[') + std::string(200, ']')) == "refused: is nested too deeply");
}

TEST_CASE("a folded text has no letter whose other case is in ASCII") {
    value_rule rule;
    rule.folded = true;
    for (const char* raw : {"\u212a", "\u0130stanbul", "\u017f"})
        CHECK(value_of(rule, raw).starts_with("refused: must not"));
    rule.folded = false;
    CHECK(value_of(rule, "\u212a") == "\u212a");
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

}  // namespace weir::value_test
