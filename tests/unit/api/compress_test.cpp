#include "weir/api/compress.hpp"

#include "support/catch.hpp"
#include "support/decompress.hpp"

#include <random>

namespace weir::compress_test {

using weir::coding;
using weir::compress;
using weir::testing::decompressed;

namespace {

std::string list_of(std::size_t rows) {
    std::string out = "[";
    for (std::size_t i = 0; i < rows; ++i) {
        out += R"({"id":"p)" + std::to_string(i) + R"(","name":"Thing )" + std::to_string(i * 7919 % 1000) +
               R"(","price_cents":)" + std::to_string(i * 104'729 % 10'000) + R"(,"currency":"EUR"},)";
    }
    out.back() = ']';
    return out;
}

std::string noise(std::size_t bytes) {
    std::minstd_rand random{1};
    std::string out;
    while (out.size() < bytes) out += static_cast<char>(random() >> 8U);
    return out;
}

}  // namespace

TEST_CASE("what is compressed is the same again in every coding at its lowest and its highest level") {
    const auto how = GENERATE(coding::gzip, coding::br, coding::zstd);
    const int most = weir::level_max[static_cast<std::size_t>(how)];
    const auto level = GENERATE_COPY(1, most);
    INFO(name(how) << " " << level);
    for (const std::string& body :
         {std::string{}, std::string{"[]"}, list_of(300), noise(70'000), std::string(1 << 20, 'a')}) {
        CHECK(decompressed(how, compress(how, body, level)) == body);
    }
    CHECK(compress(how, list_of(300), level).size() < list_of(300).size() / 4);
}

TEST_CASE("the same body makes the same bytes each time since a strong tag says so") {
    for (const coding how : weir::compressed_codings) {
        CHECK(compress(how, list_of(50), 5) == compress(how, list_of(50), 5));
    }
    // Four bytes of time, the flags and the system: nothing of the moment or the machine.
    CHECK(compress(coding::gzip, "[]", 6).substr(4, 4) == std::string(4, '\0'));
}

}  // namespace weir::compress_test
