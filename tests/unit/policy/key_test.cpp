#include "weir/policy/key.hpp"

#include "weir/base/hash.hpp"

#include "support/catch.hpp"

#include <map>
#include <random>
#include <stdexcept>

namespace weir::key_test {
namespace {

using weir::key_template;

// Places count up in the order in which they stand.
key_template parsed(std::string_view text) {
    std::size_t next = 0;
    return key_template::parse(text, [&](std::string_view) { return next++; });
}

std::string rendered(std::string_view text, const std::vector<std::string>& values) {
    return parsed(text).render("weir:v1", values);
}

bool is_refused(std::string_view text) {
    try {
        parsed(text);
        return false;
    } catch (const std::invalid_argument&) {
        return true;
    }
}

}  // namespace

TEST_CASE("a key is prefix and version and the template with its parts") {
    CHECK(rendered("products:list:{locale}", {"en"}) == "weir:v1:products:list:en");
    CHECK(rendered("stats", {}) == "weir:v1:stats");
    CHECK(rendered("shop:{a}:of:{b}", {"1", "2"}) == "weir:v1:shop:1:of:2");
}

TEST_CASE("a part is encoded as encodeURIComponent does") {
    CHECK(weir::encode_uri_component("en/us") == "en%2Fus");
    CHECK(weir::encode_uri_component("AZaz09-_.!~*'()") == "AZaz09-_.!~*'()");
    CHECK(weir::encode_uri_component("a:b%c=d {e}") == "a%3Ab%25c%3Dd%20%7Be%7D");
    CHECK(weir::encode_uri_component("ü€") == "%C3%BC%E2%82%AC");
}

TEST_CASE("a part too long for a key is replaced by its SHA-256 behind a mark that no part can contain") {
    const std::string fits(weir::part_bytes_max, 'a');
    const std::string is_longer = fits + "a";
    CHECK(weir::key_part(fits) == fits);
    CHECK(weir::key_part(is_longer) == "=" + weir::sha256_hex(is_longer));
    // Whoever sends the replacement itself gets another key.
    CHECK(weir::key_part("") == "=");
    CHECK(weir::key_part("=") == "%3D");
    CHECK(weir::key_part("=" + weir::sha256_hex(is_longer)) == "%3D" + weir::sha256_hex(is_longer));
}

TEST_CASE("a template says what is wrong with it") {
    for (const char* text : {"", ":", "a:", ":a", "a::b", "Products:{id}", "a:x{id}", "a:{id}x", "a:{", "a:}",
                             "a:{}", "a:{\"\"}", "a:{i\nd}", "a b", "a:{id", "a:{i}d}", "ä"}) {
        INFO(text);
        CHECK(is_refused(text));
    }
}

TEST_CASE("a template is printed as it was written") {
    CHECK(parsed("products:item:{id}").text() == "products:item:{id}");
    CHECK(parsed("a:{x}:{y}").names() == std::vector<std::string>{"x", "y"});
}

TEST_CASE("a template covers what may stand for its keys whatever the places are called") {
    CHECK(parsed("p:item:{id}").covers(parsed("p:item:{product_id}")));
    CHECK(parsed("p:{id}").covers(parsed("p:list")));
    CHECK_FALSE(parsed("p:list").covers(parsed("p:{id}")));
    CHECK_FALSE(parsed("p:item:{id}").covers(parsed("p:list:{id}")));
    CHECK_FALSE(parsed("p:item:{id}").covers(parsed("p:item")));
}

TEST_CASE("a place may ask for each element of an array") {
    CHECK(parsed("p:{tags[]}").text() == "p:{tags[]}");
    CHECK(parsed("p:{tags[]}").names() == std::vector<std::string>{"tags[]"});
    CHECK(is_refused("p:{[]}"));
}

TEST_CASE("templates overlap when some values give both the same key") {
    CHECK(parsed("p:{id}").overlaps(parsed("p:list")));
    CHECK(parsed("p:{id}:x").overlaps(parsed("p:a:{y}")));
    CHECK_FALSE(parsed("p:item:{id}").overlaps(parsed("p:list:{id}")));
    CHECK_FALSE(parsed("p:{id}").overlaps(parsed("p:{id}:x")));
}

TEST_CASE("a lease hashes to the slot of its key in a Redis Cluster") {
    CHECK(weir::lease_key("weir:v1:p:1") == "weir:lease:{weir:v1:p:1}");
    CHECK(weir::encode_uri_component("{}").find_first_of("{}") == std::string::npos);
}

// PITFALLS 23
TEST_CASE("no two different lists of parts give one key") {
    std::mt19937 random{20260102};
    const std::vector<std::string> pieces{":",
                                          "%",
                                          "/",
                                          "=",
                                          "a",
                                          "A",
                                          "%3A",
                                          "ü",
                                          "{",
                                          "}",
                                          "é",
                                          "3a",
                                          " ",
                                          "..",
                                          std::string(140, 'x'),
                                          std::string(140, ':'),
                                          "\xf0\x9f\x98\x80",
                                          "'",
                                          "\\"};
    std::uniform_int_distribution<std::size_t> pick{0, pieces.size() - 1};
    std::uniform_int_distribution<int> length{1, 4};
    std::map<std::string, std::vector<std::string>> seen;
    const auto one = parsed("p:{a}");
    const auto two = parsed("p:{a}:{b}");
    const auto three = parsed("p:{a}:{b}:{c}");
    for (int i = 0; i < 30'000; ++i) {
        std::vector<std::string> parts(1 + static_cast<std::size_t>(i % 3));
        for (auto& part : parts) {
            for (int n = length(random); n > 0; --n) part += pieces[pick(random)];
        }
        const auto& key = parts.size() == 1 ? one : parts.size() == 2 ? two : three;
        const auto [at, is_new] = seen.emplace(key.render("weir:v1", parts), parts);
        REQUIRE((is_new || at->second == parts));
    }
    CHECK(seen.size() > 10'000);
}

TEST_CASE("a key has no byte that Redis or a log line would take for something else") {
    std::string all;
    for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
    for (const char c : weir::encode_uri_component(all)) {
        CHECK((c > ' ' && c < 0x7f && c != ':' && c != '{' && c != '}' && c != '"'));
    }
}

}  // namespace weir::key_test
