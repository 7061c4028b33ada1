#include "load/answer_reader.hpp"

#include "support/catch.hpp"

namespace weir::bench::answer_reader_test {
namespace {

TEST_CASE("an answer ends with the last byte of its body", "[bench]") {
    answer_reader reader;
    REQUIRE_FALSE(reader.take("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"));
    REQUIRE_FALSE(reader.take("l"));
    REQUIRE(reader.take("o") == 200);
}

TEST_CASE("a head that comes in pieces is put together", "[bench]") {
    answer_reader reader;
    REQUIRE_FALSE(reader.take("HTTP/1.1 503 Service Unavailable\r\ncontent-le"));
    REQUIRE_FALSE(reader.take("ngth: 2\r\n\r"));
    REQUIRE_FALSE(reader.take("\nn"));
    REQUIRE(reader.take("o") == 503);
}

TEST_CASE("an answer without a body ends with its head", "[bench]") {
    answer_reader reader;
    REQUIRE(reader.take("HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n") == 304);
    REQUIRE(reader.take("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == 200);
}

}  // namespace

}  // namespace weir::bench::answer_reader_test
