// What is stored under a key: an answer (or the knowledge that there is none) with everything needed to judge
// it later.
//
// Stored form, one header line readable with redis-cli and then the body, byte for byte:
//
// clang-format off
//     weir2 value 1767323045678 1767323345678 1767323345678 1830 7d0…e1 9b1c…,77aa… 5c9f03b7a1d2e4f6\n{"id":"p1",…}
//     │     │     │             │             │             │    │      │           └ XXH3-64 of all before it and of the body
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
// which the read path counts as a miss. Expiries are absolute, so no tier can restart a TTL. Pure.
#pragma once

#include "weir/base/error.hpp"
#include "weir/base/time.hpp"
#include "weir/policy/variants.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class entry_kind { value, absence };

struct entry {
    entry_kind kind = entry_kind::value;
    unix_ms load_start{};
    unix_ms soft_expiry{};
    unix_ms hard_expiry{};
    microseconds load_cost{};
    std::string etag;  // without quotes; empty for an absence
    std::string body;  // empty for an absence
    // In the order of the resource's tags, read before the load began: the entry is valid only while they are
    // the current ones.
    std::vector<std::string> tag_versions;
    // The part of an answer's head that never changes, ready to be sent; made for L1 by whoever will send it,
    // and not stored in L2.
    std::string head;
    // The body in other codings, made for L1 where somebody wanted them; not stored in L2.
    variants coded;
};

// Entries are immutable once made and shared by everyone who serves them.
using entry_ptr = std::shared_ptr<const entry>;

enum class freshness { fresh, stale, expired };
freshness judge(const entry& e, unix_ms now);

// Absences, empty lists and empty pages ({"items":[],…}). Made-up parameters make as many of them as somebody
// cares to ask for, so tiers keep only so many.
bool shows_nothing(const entry& e);

std::string encode(const entry& e);
result<entry> decode(std::string_view stored);

// What tells these stored bytes from any others, and begins them: of an entry its header line.
std::string_view mark_of(std::string_view stored);

}  // namespace weir
