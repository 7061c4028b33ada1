#include "tier.hpp"

#include "weir/policy/ttl.hpp"

#include <fmt/format.h>

#include <utility>

namespace weir::replay {
namespace {

constexpr milliseconds ttl = seconds{600};

// The etag of a body that was made up once: what it says does not matter here.
constexpr std::string_view etag = "0123456789abcdef0123456789abcdef";

entry_parts entry_with(std::size_t body_bytes) {
    entry_parts e;
    e.load_start = now;
    e.soft_expiry = now + ttl;
    e.hard_expiry = now + ttl;
    e.load_cost = microseconds{500};
    e.etag = etag;
    e.text.assign(body_bytes, 'x');
    return e;
}

// How many an L1 holds after more were inserted than can be held.
std::size_t entries_in(std::size_t bytes, std::size_t enough, std::size_t body_bytes) {
    tier probe(bytes);
    for (std::size_t i = 0; i < enough; ++i) probe.insert(key_of(i), body_bytes);
    return probe.entries();
}

}  // namespace

std::string key_of(std::size_t number) {
    return fmt::format("weir:v1:products:item:p{:08}", number);
}

std::string_view head() {
    return "Cache-Control: public, no-cache\r\nETag: \"0123456789abcdef0123456789abcdef\"\r\n";
}

tier::tier(std::size_t bytes_max) : tier_({.bytes_max = bytes_max}, trusted_) {
    trusted_.trust_always();
}

void tier::insert(const std::string& key, std::size_t body_bytes) {
    tier_.insert(key, entry_with(body_bytes), head(), trusted_.take(key, {}), now + ttl, steady_clock::now());
}

std::size_t bytes_for(std::size_t entries, std::size_t body_bytes) {
    const std::size_t enough = entries * 2 + 64;
    std::size_t fits = 0;
    std::size_t too_many = entries * (body_bytes + 2048) * 2;
    while (too_many - fits > body_bytes / 2) {
        const std::size_t middle = fits + (too_many - fits) / 2;
        (entries_in(middle, enough, body_bytes) <= entries ? fits : too_many) = middle;
    }
    return fits;
}

}  // namespace weir::replay
