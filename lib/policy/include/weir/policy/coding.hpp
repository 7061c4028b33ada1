// Content codings (RFC 9110, 8.4.1): in which forms a body may be sent, and when. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

// In order of preference among what a client wants equally: br is the smallest of lists of JSON (measured,
// docs/performance.md), zstd is quick, gzip is what everybody has.
enum class coding : std::uint8_t { br, zstd, gzip, identity };

// Identity apart: what a body can be coded in.
inline constexpr std::array compressed_codings = {coding::br, coding::zstd, coding::gzip};
inline constexpr std::size_t codings = compressed_codings.size() + 1;

// What Content-Encoding calls it.
std::string_view name(coding c);

// What tells the entity tag of a variant from that of the body itself: "-gz". Empty for identity.
std::string_view etag_suffix(coding c);

// How hard one may try, by coding; the least is 1. For zstd there is more, which decoders may refuse: its
// window would be over the 8 MiB of RFC 9659.
inline constexpr std::array level_max = {11, 19, 9};

// What [compression] declares. The defaults are the documented ones.
struct compression {
    std::size_t bytes_min = 1024;                                   // smaller bodies are left alone
    std::array<int, compressed_codings.size()> levels = {5, 3, 6};  // by coding; 0: not offered

    int level(coding c) const { return levels[static_cast<std::size_t>(c)]; }
    bool offers(coding c) const { return c == coding::identity || level(c) > 0; }
    bool is_on() const { return levels != std::array<int, compressed_codings.size()>{}; }
};

}  // namespace weir
