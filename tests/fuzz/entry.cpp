// Stored entries: foreign bytes never crash, what is accepted is exactly what encode() writes, and no damage
// passes.
#include "weir/base/hash.hpp"
#include "weir/policy/entry_codec.hpp"
#include "weir/policy/ttl.hpp"

#include "require.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace {

void check_canonical(std::string_view stored) {
    const auto e = weir::decode(std::string{stored});
    if (e) FUZZ_REQUIRE(weir::encode(*e) == stored);
}

// Without the right checksum the fuzzer would never get past it.
void check_sealed(std::string_view input) {
    const auto line = input.find('\n');
    if (line == std::string_view::npos) return;
    const std::string header{input.substr(0, line)};
    const std::string body{input.substr(line + 1)};
    const auto sum = weir::hash64(fmt::format("{}{:016x}", header, weir::hash64(body)));
    check_canonical(fmt::format("{} {:016x}\n{}", header, sum, body));
}

void check_round_trip(std::string_view input) {
    const weir::ttl_policy ttl{weir::milliseconds{1000}, weir::milliseconds{100}, weir::milliseconds{10}};
    auto e = weir::make_entry(ttl, std::string{input}, weir::unix_ms{weir::milliseconds{1'767'323'045'678}},
                              weir::microseconds{7}, 0.5);
    e.definition = weir::hash64(input);
    const std::string stored = weir::encode(e);
    const auto back = weir::decode(std::string{stored});
    FUZZ_REQUIRE(back && back->body() == input && back->etag == e.etag &&
                 back->hard_expiry == e.hard_expiry && back->definition == e.definition);
    std::string damaged = stored;
    const std::size_t at = weir::hash64(input) % damaged.size();
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    FUZZ_REQUIRE(!weir::decode(std::move(damaged)));
    FUZZ_REQUIRE(!weir::decode(stored.substr(0, at)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    check_canonical(input);
    check_sealed(input);
    check_round_trip(input);
    return 0;
}
