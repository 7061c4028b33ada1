// Content codings (RFC 9110, 8.4.1): the representations in which a body may be sent. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

// In order of preference among those that a client wants equally. br makes the smallest bodies of JSON lists
// (measured, docs/performance.md), zstd is quick, and every client has gzip.
enum class coding : std::uint8_t { br, zstd, gzip, identity };

// All but identity.
inline constexpr std::array compressed_codings = {coding::br, coding::zstd, coding::gzip};
inline constexpr std::size_t codings = compressed_codings.size() + 1;

// Returns its name in Content-Encoding.
std::string_view name(coding c);

// Returns the suffix that the entity tag of a variant has: "-gz". Empty for identity.
std::string_view etag_suffix(coding c);

// The highest level of each coding; the lowest is 1. zstd has higher ones, whose window is over the 8 MiB of
// RFC 9659, so that decoders may refuse them.
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
