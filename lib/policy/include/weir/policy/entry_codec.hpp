// What is stored under a key: an answer (or the knowledge that there is none) with everything needed to judge
// it later.
//
// Stored form, one header line readable with redis-cli and then the body, byte for byte:
//
// clang-format off
//     weir3 value 1767323045678 1767323345678 1767323345678 1830 7d0…e1 9b1c…,77aa… 8e01…c2 5c9f03b7a1d2e4f6\n{"id":"p1",…}
//     │     │     │             │             │             │    │      │           │       └ XXH3-64 of all before it and of
//     │     │     │             │             │             │    │      │           │         the body
//     │     │     │             │             │             │    │      │           └ the resource's definition (definition.hpp);
//     │     │     │             │             │             │    │      │             and behind it the content type, if it is
//     │     │     │             │             │             │    │      │             not JSON
//     │     │     │             │             │             │    │      └ versions of the resource's tags, '-' for none
//     │     │     │             │             │             │    └ ETag: XXH3-128 of the body, '-' for an absence
//     │     │     │             │             │             └ load cost in µs
//     │     │     │             │             └ hard expiry, Unix ms: never served after it
//     │     │     │             └ soft expiry, Unix ms: stale from here on
//     │     │     └ load start, Unix ms: freshness (Age) counts from here
//     │     └ value or absence
//     └ format and its version
// clang-format on
//
// Anything else found under a key (foreign, truncated, another version, a wrong checksum) is errc::corrupt,
// which the read path counts as a miss. An entry of another definition is a miss too. Expiries are absolute,
// so no tier can restart a TTL. Pure.
#pragma once

#include "weir/base/error.hpp"
#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class entry_kind { value, absence };

inline constexpr std::size_t content_type_bytes_max = 127;  // a longer one is cut off where it is loaded

// The facts of an answer that judge() needs.
struct entry_facts {
    entry_kind kind = entry_kind::value;
    unix_ms load_start{};
    unix_ms soft_expiry{};
    unix_ms hard_expiry{};
    microseconds load_cost{};
};

// The parts that a load or a stored form gives, and from which entries are made.
struct entry_parts : entry_facts {
    std::string etag;  // without quotes; empty for an absence
    // The body is its tail; all of it, or what follows the header line of a stored form, which is kept so
    // that the body need not be copied. Empty for an absence.
    std::string text;
    std::size_t body_at = 0;
    std::string content_type;  // a media type; empty: application/json, and for an absence

    // In the order of the resource's tags, read before the load began: the stored entry is valid only while
    // they are the current ones. (In memory the epochs say so: see coherence.)
    std::vector<std::string> tag_versions;

    std::uint64_t definition = 0;  // of the resource when it was loaded: cacheable::definition

    std::string_view body() const { return std::string_view{text}.substr(body_at); }
};

enum class freshness { fresh, stale, expired };
freshness judge(const entry_facts& e, unix_ms now);

// Returns whether the answer is an absence, an empty list, or an empty page: an object that begins with an
// empty array and has no text in it, as {"items":[],"next":null}. Requests with made-up parameters can make
// any number of these, so each tier limits how many it stores.
bool shows_nothing(entry_kind kind, std::string_view body);
inline bool shows_nothing(const entry_parts& e) {
    return shows_nothing(e.kind, e.body());
}

std::string encode(const entry_parts& e);

// Decodes the bytes, and takes them if they are an entry. Otherwise leaves them where they are.
result<entry_parts> decode(std::string&& stored);

// Returns whether the bytes are an entry of another version of this format, by their first word.
bool is_of_other_version(std::string_view stored);

// Returns the beginning of the stored bytes that tells them from any others: of an entry its header line.
std::string_view mark_of(std::string_view stored);

}  // namespace weir
