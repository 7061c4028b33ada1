#include "weir/l1/entry.hpp"

#include "weir/base/hash.hpp"
#include "weir/policy/entry_codec.hpp"
#include "weir/policy/ttl.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <random>

namespace weir::entry_test {

using weir::milliseconds;

namespace {

const weir::unix_ms start{milliseconds{1'767'323'045'678}};

weir::entry_parts value_entry(std::string body) {
    const weir::ttl_policy ttl{milliseconds{300'000}, milliseconds{30'000}, milliseconds{10'000}};
    return weir::make_entry(ttl, std::move(body), start, weir::microseconds{1830}, 0.25);
}

weir::entry_parts absence_entry() {
    const weir::ttl_policy ttl{milliseconds{300'000}, milliseconds{30'000}, milliseconds{10'000}};
    return weir::make_entry(ttl, std::nullopt, start, weir::microseconds{12}, 0.25);
}

bool is_corrupt(std::string_view stored) {
    return weir::decode(std::string{stored}).error() == weir::errc::corrupt;
}

const std::string made_by = " 00000000000000aa";  // a definition, as it stands in a header

// A header of our own making with the checksum that belongs to it.
std::string sealed(std::string header, const std::string& body) {
    const auto sum = weir::hash64(fmt::format("{}{:016x}", header, weir::hash64(body)));
    return fmt::format("{} {:016x}\n{}", header, sum, body);
}

void check_round_trip(const weir::entry_parts& e) {
    const auto back = weir::decode(weir::encode(e));
    REQUIRE(back.has_value());
    CHECK(back->kind == e.kind);
    CHECK(back->load_start == e.load_start);
    CHECK(back->soft_expiry == e.soft_expiry);
    CHECK(back->hard_expiry == e.hard_expiry);
    CHECK(back->load_cost == e.load_cost);
    CHECK(back->etag == e.etag);
    CHECK(back->content_type == e.content_type);
    CHECK(back->body() == e.body());
}

}  // namespace

TEST_CASE("an entry comes back from its stored form as it was") {
    check_round_trip(value_entry("{\"id\":\"p1\"}"));
    check_round_trip(value_entry(""));
    check_round_trip(value_entry(std::string("\n\0 weir3 value\n", 15)));
    check_round_trip(value_entry(std::string(1'000'000, 'x')));
    check_round_trip(absence_entry());
}

TEST_CASE("a body that is not JSON comes back with its content type") {
    for (const char* type : {"text/event-stream", "text/plain; charset=utf-8", "application/x-%00\xc3\xa9"}) {
        weir::load_result loaded{"data: 1\n\n"};
        loaded.content_type = type;
        const auto e = weir::make_entry({.ttl = milliseconds{1000}}, loaded, start, weir::microseconds{1}, 0);
        CHECK(e.content_type == type);
        check_round_trip(e);
    }
}

TEST_CASE("a content type that is longer than an entry holds is cut off where it is loaded") {
    weir::load_result loaded{"x"};
    loaded.content_type = std::string(200, 't');
    const auto e = weir::make_entry({.ttl = milliseconds{1000}}, loaded, start, weir::microseconds{1}, 0);
    CHECK(e.content_type.size() == weir::content_type_bytes_max);
    check_round_trip(e);
}

TEST_CASE("a stored content type that encode would not write is corrupt") {
    const std::string head = "weir3 value 1 2 3 4 0123456789abcdef0123456789abcdef -" + made_by + " ";
    CHECK(weir::decode(sealed(head + "text%2Fplain", "x")).has_value());
    for (const char* type :
         {"", "text/plain", "%2", "%zz", "text%2fplain", "a b", "%74ext", "text%0D%0Aa%3A%20b"}) {
        CHECK(is_corrupt(sealed(head + type, "x")));
    }
    CHECK(is_corrupt(sealed("weir3 absence 1 2 3 4 - -" + made_by + " text%2Fplain", "")));
    CHECK(is_corrupt(sealed(head + std::string(200, 'x'), "x")));
}

TEST_CASE("random bodies come back from their stored form as they were") {
    std::mt19937 random{3};
    std::uniform_int_distribution<int> byte{0, 255};
    std::uniform_int_distribution<int> length{0, 300};
    for (int i = 0; i < 500; ++i) {
        std::string body;
        for (int n = length(random); n > 0; --n) body += static_cast<char>(byte(random));
        const auto back = weir::decode(weir::encode(value_entry(body)));
        REQUIRE((back.has_value() && back->body() == body));
    }
}

TEST_CASE("a stored entry can be read by a person") {
    const auto stored = weir::encode(value_entry("{}"));
    CHECK(stored.starts_with("weir3 value 1767323045678 1767323353178 1767323353178 1830 "));
    CHECK(stored.ends_with("\n{}"));
    CHECK(weir::encode(absence_entry())
              .starts_with("weir3 absence 1767323045678 1767323055678 1767323055678 12 - - "));
}

TEST_CASE("an entry keeps the versions of its tags") {
    auto e = value_entry("{}");
    e.tag_versions = {"0a1b", "ff"};
    CHECK(weir::encode(e).find(" 0a1b,ff ") != std::string::npos);
    const auto back = weir::decode(weir::encode(e));
    REQUIRE(back.has_value());
    CHECK(back->tag_versions == e.tag_versions);
}

// PITFALLS 20
TEST_CASE("an entry with any one bit flipped is a miss") {
    for (const auto& good : {weir::encode(value_entry("{\"id\":\"p1\"}")), weir::encode(absence_entry())}) {
        REQUIRE_FALSE(is_corrupt(good));
        for (std::size_t i = 0; i < good.size() * 8; ++i) {
            std::string bad = good;
            bad[i / 8] = static_cast<char>(bad[i / 8] ^ (1 << (i % 8)));
            REQUIRE(is_corrupt(bad));
        }
    }
}

TEST_CASE("an entry cut off anywhere or with anything behind it is a miss") {
    const auto good = weir::encode(value_entry("{\"id\":\"p1\"}"));
    for (std::size_t n = 0; n < good.size(); ++n) REQUIRE(is_corrupt(good.substr(0, n)));
    CHECK(is_corrupt(good + " "));
    CHECK(is_corrupt(weir::encode(absence_entry()) + "x"));
}

// PITFALLS 20
TEST_CASE("an entry of another version is a miss even with the right checksum") {
    const std::string etag = weir::hash128_hex("{}");
    CHECK_FALSE(is_corrupt(sealed("weir3 value 1 2 3 4 " + etag + " -" + made_by, "{}")));
    CHECK(is_corrupt(sealed("weir2 value 1 2 3 4 " + etag + " -" + made_by, "{}")));
    CHECK(is_corrupt(sealed("weir2 value 1 2 3 4 " + etag + " -", "{}")));
    CHECK(is_corrupt(sealed("weir3 value 1 2 3 4 5 " + etag + " -" + made_by, "{}")));
    CHECK(is_corrupt(sealed("weir3 other 1 2 3 4 " + etag + " -" + made_by, "{}")));
}

TEST_CASE("a header that this version would not write is a miss even with the right checksum") {
    const std::string etag = weir::hash128_hex("{}");
    for (const std::string& header : std::vector<std::string>{
             "weir3 value 01 2 3 4 " + etag + " -", "weir3 value -1 2 3 4 " + etag + " -",
             "weir3 value 3 2 3 4 " + etag + " -", "weir3 value 1 3 2 4 " + etag + " -",
             "weir3 value 1 2 99999999999999999999 4 " + etag + " -",
             "weir3 value 1 2 9223372036854775807 4 " + etag + " -", "weir3 value 1 2 3 4 - -",
             "weir3 value 1 2 3 4  -", "weir3 value  1 2 3 4 " + etag + " -",
             "weir3 value 1 2 3 4 " + etag + " - ", "weir3 absence 1 2 3 4 " + etag + " -",
             "weir3 absence 1 2 3 4 - -", "weir3 value 1 2 3 4 " + std::string(32, 'G') + " -", std::string{},
             "weir3 value 1 2 3 4 " + etag, "weir3 value 1 2 3 4 " + etag + " a,",
             "weir3 value 1 2 3 4 " + etag + " ,", "weir3 value 1 2 3 4 " + etag + " x"}) {
        INFO(header);
        CHECK(is_corrupt(sealed(header + made_by, "{}")));
    }
}

TEST_CASE("an entry keeps the definition that it was made by as sixteen hex digits") {
    for (const std::uint64_t definition : {std::uint64_t{0}, std::uint64_t{0xaa}, ~std::uint64_t{0}}) {
        auto e = value_entry("{}");
        e.definition = definition;
        const auto stored = weir::encode(e);
        CHECK(stored.find(fmt::format(" - {:016x} ", definition)) != std::string::npos);
        CHECK(weir::decode(std::string{stored})->definition == definition);
    }
    const std::string head = "weir3 value 1 2 3 4 " + weir::hash128_hex("{}") + " -";
    for (const char* wrong : {"", " ", " aa", " 00000000000000AA", " 00000000000000ag", " 000000000000000aa",
                              " -", " 0x000000000000aa"}) {
        CHECK(is_corrupt(sealed(head + wrong, "{}")));
    }
}

TEST_CASE("an entry of another version of the format is told from foreign bytes") {
    CHECK(weir::is_of_other_version("weir2 value 1 2 3 4 0123456789abcdef0123456789abcdef - 00\n{}"));
    CHECK(weir::is_of_other_version("weir4 value"));
    for (const char* other : {"", "weir", "weir2", "weirx value", "hello", "weir22 value", " weir2 value"}) {
        CHECK_FALSE(weir::is_of_other_version(other));
    }
    CHECK_FALSE(weir::is_of_other_version(weir::encode(value_entry("{}"))));
}

TEST_CASE("a stored form is taken as it is and foreign bytes are left to their owner") {
    auto stored = weir::encode(value_entry(std::string(1000, 'x')));
    const auto copy = stored;
    const char* const where = stored.data();
    const auto taken = weir::decode(std::move(stored));
    REQUIRE(taken.has_value());
    CHECK(taken->text.data() == where);
    CHECK(taken->text == copy);
    std::string foreign(1000, 'x');
    CHECK_FALSE(weir::decode(std::move(foreign)).has_value());
    CHECK(foreign.size() == 1000);
}

TEST_CASE("foreign values under a key are misses") {
    for (const char* foreign : {"", "\n", "hello", "{\"found\":false}", "weir3", "weir3 value\n", "OK\r\n"}) {
        CHECK(is_corrupt(foreign));
    }
    CHECK(is_corrupt(std::string(10'000'000, 'a')));
}

// PITFALLS 22
TEST_CASE("an entry that passes from tier to tier keeps its expiry") {
    const auto e = value_entry("{}");
    const auto once = weir::decode(weir::encode(e));
    REQUIRE(once.has_value());
    const auto twice = weir::decode(weir::encode(*once));
    REQUIRE(twice.has_value());
    CHECK(twice->hard_expiry == e.hard_expiry);
    CHECK(weir::judge(*twice, e.hard_expiry) == weir::freshness::expired);
}

TEST_CASE("an entry is fresh and then stale and then expired") {
    auto e = value_entry("{}");
    e.soft_expiry = start + milliseconds{100};
    e.hard_expiry = start + milliseconds{200};
    CHECK(weir::judge(e, start) == weir::freshness::fresh);
    CHECK(weir::judge(e, start + milliseconds{99}) == weir::freshness::fresh);
    CHECK(weir::judge(e, start + milliseconds{100}) == weir::freshness::stale);
    CHECK(weir::judge(e, start + milliseconds{199}) == weir::freshness::stale);
    CHECK(weir::judge(e, start + milliseconds{200}) == weir::freshness::expired);
}

TEST_CASE("the mark of an entry begins its stored form and tells it from every other one") {
    const auto e = value_entry(R"({"id":"p1"})");
    const std::string stored = weir::encode(e);
    const std::string mark{weir::mark_of(stored)};
    CHECK(stored.starts_with(mark));
    CHECK(mark.size() < stored.size());
    CHECK(weir::mark_of(stored) == weir::mark_of(weir::encode(*weir::decode(std::string{stored}))));
    CHECK(weir::mark_of(weir::encode(value_entry(R"({"id":"p2"})"))) != mark);
    auto later = e;
    later.load_start += milliseconds{1};
    CHECK(weir::mark_of(weir::encode(later)) != mark);
}

TEST_CASE("the mark of foreign bytes is all of them or their first line") {
    CHECK(weir::mark_of("").empty());
    CHECK(weir::mark_of("foreign") == "foreign");
    CHECK(weir::mark_of("foreign\nlines\n") == "foreign\n");
}

TEST_CASE("an entry is what it was made of") {
    const weir::entry_parts parts = value_entry("{\"id\":\"p1\"}");
    const std::string before(300, 'h');  // so that the ETag stands too far behind
    for (const std::string& head : {std::string{}, "ETag: \"" + parts.etag + "\"\r\n", before + parts.etag,
                                    std::string{"Vary: Accept-Encoding\r\n"}}) {
        const auto made = weir::entry::make(parts, head);
        CHECK(made->kind() == parts.kind);
        CHECK(made->load_start() == parts.load_start);
        CHECK(made->soft_expiry() == parts.soft_expiry);
        CHECK(made->hard_expiry() == parts.hard_expiry);
        CHECK(made->load_cost() == parts.load_cost);
        CHECK(made->head() == head);
        CHECK(made->etag() == parts.etag);
        CHECK(made->body() == parts.body());
    }
    const auto absence = weir::entry::make(absence_entry(), "Vary: Accept-Encoding\r\n");
    CHECK(absence->kind() == weir::entry_kind::absence);
    CHECK(absence->etag().empty());
    CHECK(absence->body().empty());
    CHECK(absence->hard_expiry() == absence_entry().hard_expiry);
}

// All of them as long as the configuration takes them, and the last day that a stored form can name.
TEST_CASE("an entry keeps the longest of times to the millisecond") {
    const milliseconds longest = std::chrono::hours{24 * 366};
    const weir::ttl_policy ttl{.ttl = longest, .jitter = longest, .stale_if_error = longest};
    auto parts = weir::make_entry(ttl, "{}", start, weir::microseconds{1}, 1);
    CHECK(weir::entry::make(parts)->soft_expiry() == start + 2 * longest);
    CHECK(weir::entry::make(parts)->hard_expiry() == start + 3 * longest);
    parts.soft_expiry = parts.hard_expiry = weir::unix_ms{milliseconds{253'402'300'799'999}};
    CHECK(weir::entry::make(parts)->hard_expiry() == parts.hard_expiry);
}

TEST_CASE("a load that took more than an hour is remembered as one that took about that") {
    auto parts = value_entry("{}");
    parts.load_cost = std::chrono::hours{24};
    CHECK(weir::entry::make(parts)->load_cost() == weir::microseconds{UINT32_MAX});
    CHECK(weir::decode(weir::encode(parts))->load_cost == parts.load_cost);
}

TEST_CASE("an entry lives as long as it has a holder") {
    auto first = weir::entry::make(value_entry("{}"));
    CHECK(first->holders() == 1);
    auto second = first;
    CHECK(first->holders() == 2);
    first.reset();
    CHECK(second->holders() == 1);
    CHECK(second->body() == "{}");
}

TEST_CASE("an empty list or page shows nothing whatever the SQL calls its rows") {
    const auto shows_nothing = [](std::string_view body) {
        return weir::shows_nothing(weir::entry_kind::value, body);
    };
    for (const char* body :
         {"[]", R"({"items":[],"next":null})", R"({"rows":[],"limit":20})", R"({"data":[]})"}) {
        INFO(body);
        CHECK(shows_nothing(body));
    }
    for (const char* body :
         {R"([{"id":1}])", R"({"items":[{"id":1}],"next":null})", R"({"id":"p1","tags":[]})",
          R"({"id":"x:[]"})", R"({"tags":[],"name":"x"})", R"({"tags":[],"on":true})",
          R"({"tags":[],"of" : {"id":1}})", R"({"items":null})", R"({"items)", "{}", "{", ""}) {
        INFO(body);
        CHECK_FALSE(shows_nothing(body));
    }
    CHECK(weir::shows_nothing(weir::entry_kind::absence, ""));
}

}  // namespace weir::entry_test
