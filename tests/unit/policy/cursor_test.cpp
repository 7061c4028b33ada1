#include "weir/policy/cursor.hpp"

#include "support/catch.hpp"

namespace weir::cursor_test {

using weir::decode_cursor;
using weir::encode_cursor;

TEST_CASE("a cursor is the base64url of its value without padding") {
    CHECK(encode_cursor("") == "");
    CHECK(encode_cursor("p1") == "cDE");
    CHECK(encode_cursor("p11") == "cDEx");
    CHECK(encode_cursor("p123") == "cDEyMw");
    CHECK(encode_cursor("\xff\xef\xbe") == "_---");
}

TEST_CASE("a cursor gives back the value that it was made from") {
    std::string value;
    for (int c = 0; c < 256; ++c) {
        value += static_cast<char>(c);
        CHECK(decode_cursor(encode_cursor(value)) == value);
    }
}

TEST_CASE("text that no value gives is not a cursor") {
    for (const char* text : {"c", "cDEyM", "cDE=", "cD+x", "cD/x", "cD x", "cDF", "cDEyM1", "\xc3\xa4"}) {
        INFO(text);
        CHECK_FALSE(decode_cursor(text).has_value());
    }
}

}  // namespace weir::cursor_test
