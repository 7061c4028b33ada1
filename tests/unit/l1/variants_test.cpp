#include "weir/l1/variants.hpp"

#include "support/catch.hpp"

#include <thread>
#include <vector>

namespace weir::variants_test {

using weir::coding;
using weir::variants;

TEST_CASE("a variant is there once it is filled and others of the body are not") {
    variants all;
    CHECK(all.find(coding::gzip) == nullptr);
    REQUIRE(all.claim(coding::gzip));
    CHECK(all.find(coding::gzip) == nullptr);
    all.fill(coding::gzip, {.body = "short", .head = "ETag"});
    REQUIRE(all.find(coding::gzip) != nullptr);
    CHECK(all.find(coding::gzip)->body == "short");
    CHECK(all.find(coding::br) == nullptr);
}

TEST_CASE("a variant is claimed once and never again after a claim that was in vain") {
    variants all;
    REQUIRE(all.claim(coding::br));
    CHECK_FALSE(all.claim(coding::br));
    CHECK(all.claim(coding::zstd));
    all.give_up(coding::br);
    CHECK_FALSE(all.claim(coding::br));
    CHECK(all.find(coding::br) == nullptr);
    all.fill(coding::zstd, {});
    CHECK_FALSE(all.claim(coding::zstd));
}

TEST_CASE("of threads that want a variant at the same time exactly one makes it") {
    for (int round = 0; round < 200; ++round) {
        const variants all;
        std::atomic<int> makers{0};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&all, &makers] {
                for (const coding how : weir::compressed_codings) {
                    if (all.claim(how)) {
                        ++makers;
                        all.fill(how, {.body = std::string{name(how)}, .head = {}});
                    }
                    const auto* found = all.find(how);
                    if (found != nullptr && found->body != name(how)) makers += 100;
                }
            });
        }
        threads.clear();
        REQUIRE(makers == 3);
    }
}

}  // namespace weir::variants_test
