#include "../../../lib/api/src/representation.hpp"

#include "support/catch.hpp"

namespace weir::representation_test {

using namespace weir::api;

namespace {

constexpr std::size_t bytes_min = 1024;

struct world {
    explicit world(std::size_t bytes = 2000, std::string_view head = "Vary: Accept-Encoding\r\n") {
        entry_parts parts;
        parts.etag = "abc";
        parts.text = std::string(bytes, 'x');
        content = entry::make(parts, head);
    }
    void make(coding how) const {
        REQUIRE(content->variants().claim(how));
        content->variants().fill(how, {.body = std::string{name(how)}, .head = {}});
    }
    representation choose(std::string_view accept_encoding, std::string_view if_none_match = {}) const {
        return choose_representation(*content, codings_of(accept_encoding, {}), if_none_match, bytes_min);
    }
    entry_ptr content;
};

}  // namespace

TEST_CASE("a hit without a wish for codings wants none") {
    const world w;
    const representation f = w.choose("");
    CHECK(f.how == coding::identity);
    CHECK(f.made == nullptr);
    CHECK_FALSE(f.wanted.has_value());
    CHECK_FALSE(f.must_be_made());
}

TEST_CASE("the most wanted form that is there is sent and the most wanted of all is asked for") {
    world w;
    CHECK(w.choose("gzip, br").how == coding::identity);
    CHECK(w.choose("gzip, br").wanted == coding::br);
    w.make(coding::gzip);
    CHECK(w.choose("gzip, br").how == coding::gzip);
    CHECK(w.choose("gzip, br").made->body == "gzip");
    CHECK(w.choose("gzip, br").wanted == coding::br);
    CHECK(w.choose("zstd").how == coding::identity);
    w.make(coding::br);
    CHECK(w.choose("gzip, br").made->body == "br");
    CHECK_FALSE(w.choose("gzip, br").wanted.has_value());
    CHECK(w.choose("gzip;q=0.9, br;q=0.8").how == coding::gzip);
    CHECK(w.choose("gzip;q=0.9, identity").how == coding::identity);
    CHECK_FALSE(w.choose("gzip;q=0.9, identity").wanted.has_value());
}

TEST_CASE("no variant is wanted of a small body nor of one that L1 was not given") {
    CHECK_FALSE(world{bytes_min - 1}.choose("gzip").wanted.has_value());
    CHECK(world{bytes_min}.choose("gzip").wanted == coding::gzip);
    CHECK_FALSE(world(bytes_min, {}).choose("gzip").wanted.has_value());
}

TEST_CASE("who refuses identity must have a variant made") {
    world w;
    CHECK(w.choose("gzip, *;q=0").must_be_made());
    CHECK(w.choose("gzip, *;q=0").how == coding::gzip);
    CHECK(w.choose("zstd;q=0.5, gzip;q=0.1, identity;q=0").how == coding::zstd);
    w.make(coding::gzip);
    CHECK_FALSE(w.choose("gzip, *;q=0").must_be_made());
    CHECK(w.choose("zstd;q=0.5, gzip;q=0.1, identity;q=0").how == coding::gzip);
}

TEST_CASE("a form that the client has is the one that it is told about") {
    world w;
    w.make(coding::gzip);
    const representation other = w.choose("gzip, br", "\"abc-br\"");
    CHECK(other.is_held);
    CHECK(other.how == coding::br);
    CHECK(other.made == nullptr);
    CHECK_FALSE(other.must_be_made());
    CHECK(w.choose("gzip", "\"abc\"").how == coding::identity);
    CHECK(w.choose("gzip", "\"x\", \"abc\", \"abc-gz\"").how == coding::gzip);
    CHECK(w.choose("gzip", "*").is_held);
    CHECK(w.choose("gzip", "*").how == coding::gzip);
    CHECK_FALSE(w.choose("", "\"abc-gz\"").is_held);
    CHECK_FALSE(w.choose("gzip", "\"abc-br\"").is_held);
    CHECK_FALSE(w.choose("gzip", "\"abc-g\"").is_held);
    CHECK_FALSE(w.choose("gzip", "\"ab\"").is_held);
    CHECK_FALSE(w.choose("gzip", "\"-gz\"").is_held);
}

}  // namespace weir::representation_test
