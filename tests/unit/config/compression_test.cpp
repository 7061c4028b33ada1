#include "checked.hpp"

namespace weir::compression_test {

using checked::configuration_of;
using checked::good;
using checked::problem_in;
using checked::with_line;
using weir::coding;

namespace {

const weir::resource& only_resource(const weir::config::configuration& c) {
    REQUIRE(c.policy.resources.size() == 1);
    return c.policy.resources.front();
}

std::string printed(const std::string& text) {
    return weir::config::print_policy(configuration_of(text));
}

}  // namespace

TEST_CASE("answers are compressed unless the file says otherwise") {
    const auto c = configuration_of(good);
    CHECK(only_resource(c).cached->is_compressed);
    CHECK(c.policy.compress.bytes_min == 1024);
    CHECK(c.policy.compress.level(coding::gzip) == 6);
    CHECK(c.policy.compress.level(coding::br) == 5);
    CHECK(c.policy.compress.level(coding::zstd) == 3);
}

TEST_CASE("every setting of compression is read") {
    const auto c =
        configuration_of(good + "[compression]\nbytes_min = \"2KiB\"\ngzip = 9\nbr = 11\nzstd = 0\n").policy;
    CHECK(c.compress.bytes_min == 2048);
    CHECK(c.compress.level(coding::gzip) == 9);
    CHECK(c.compress.level(coding::br) == 11);
    CHECK_FALSE(c.compress.offers(coding::zstd));
    CHECK(c.compress.offers(coding::identity));
}

TEST_CASE("what is never in L1 is never compressed") {
    const auto is_compressed = [](const std::string& text) {
        const auto c = configuration_of(text);
        const auto& cached = only_resource(c).cached;
        return cached && cached->is_compressed;
    };
    CHECK_FALSE(is_compressed(with_line(7, "compress = false")));
    CHECK_FALSE(is_compressed(with_line(7, "l1_ttl = \"0s\"")));
    CHECK_FALSE(is_compressed(good + "[l1]\nbytes_max = \"0\"\n"));
    CHECK_FALSE(is_compressed(good + "[compression]\ngzip = 0\nbr = 0\nzstd = 0\n"));
    CHECK(is_compressed(good + "[compression]\nbr = 0\nzstd = 0\n"));
    CHECK_FALSE(
        is_compressed("[resource.me]\npath = \"/v1/me\"\nprivate = true\nreason = \"x\"\n"
                      "sql = \"select 1 as one\"\n"));
}

TEST_CASE("settings of compression out of their range are refused") {
    const auto problem = [](const std::string& line) {
        return problem_in(good + "[compression]\n" + line + "\n");
    };
    CHECK(problem("gzip = 10") ==
          "23:8 compression.gzip is not a whole number from 0 to 9 -> write a whole number from 0 to 9");
    CHECK(problem("br = 12").starts_with("23:6 compression.br is not a whole number from 0 to 11"));
    CHECK(problem("zstd = 20").starts_with("23:8 compression.zstd is not a whole number from 0 to 19"));
    CHECK(problem("gzip = true").starts_with("23:8 compression.gzip is not"));
    CHECK(problem("bytes_min = 10").starts_with("23:13 compression.bytes_min is not a size such"));
    CHECK(problem("deflate = 1").starts_with("23:1 unknown field compression.deflate"));
    CHECK(problem_in(with_line(7, "compress = 1"))
              .starts_with("7:12 resource.item.compress is not true or false"));
}

TEST_CASE("a private resource that says whether it is compressed is refused") {
    CHECK(problem_in("[resource.me]\npath = \"/v1/me\"\nprivate = true\nreason = \"x\"\ncompress = true\n"
                     "sql = \"select 1 as one\"\n")
              .starts_with("5:1 resource.me is private and has a compress"));
}

TEST_CASE("the printed policy says what is compressed and what is not") {
    CHECK(
        printed(good).find("Answers of 1KiB and more are sent in br 5, zstd 3, gzip 6, as clients ask.\n") !=
        std::string::npos);
    CHECK(printed(good + "[compression]\nbytes_min = \"4KiB\"\nbr = 0\nzstd = 0\n")
              .find("Answers of 4KiB and more are sent in gzip 6, as clients ask.\n") != std::string::npos);
    CHECK(printed(good + "[resource.other]\npath = \"/o\"\nkey = \"o\"\nttl = \"5m\"\ncompress = false\n"
                         "sql = \"select 1 as one\"\n")
              .find("as clients ask; never other.\n") != std::string::npos);
    CHECK(printed(with_line(7, "compress = false")).find("Nothing is compressed.\n") != std::string::npos);
}

}  // namespace weir::compression_test
