// How the answers of a resource are cached: under which key and tags, and for how long in which tier. A
// resource without one is private: each request loads for itself. Pure data.
#pragma once

#include "weir/base/time.hpp"
#include "weir/policy/key.hpp"
#include "weir/policy/ttl.hpp"
#include "weir/policy/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// A column that gives a part of a resource's key, and the member of an answer that may show it.
struct key_column {
    std::size_t parameter = 0;  // of the route
    std::string name;
    value_rule rule;

    bool operator==(const key_column&) const = default;
};

// What the SQL depends on although no change tells of it, accepted by the author of the file.
struct acceptance {
    std::string name;  // of a table or a function, as written: "rates" or "shop.rates"
    std::string reason;
};

struct cacheable {
    key_template key;                // placeholders index the route's parameters
    std::vector<key_template> tags;  // groups of keys that cannot be enumerated; the same placeholders
    ttl_policy ttl;
    std::optional<milliseconds> l1_ttl;  // the longest life in L1; absent: [l1] ttl_max; zero: not in L1

    // How old an answer of this process may be while L2 is unreachable, when no invalidation reaches this
    // node. Opt-in, because it suspends the guarantee for that time. Zero: each answer is loaded after its
    // request arrived.
    milliseconds degraded_ttl{};

    bool is_compressed = false;       // sent in the codings that clients ask for, once L1 has it in them
    std::optional<seconds> max_age;   // opt-in: copies in browsers, which no invalidation reaches
    std::optional<seconds> s_maxage;  // the same in shared caches

    std::vector<acceptance> unwatched{};  // read, and covered by no change
    std::string volatile_reason{};  // why the SQL may depend on the time or on chance; empty: it may not

    // An answer whose members give another key than the one asked for is not stored. False: its members that
    // are named like the key's columns are other values.
    bool shows_key = true;

    // Derived from the whole policy when it is built (shown_key.hpp, definition.hpp).
    std::vector<key_column> key_columns;
    std::uint64_t definition = 0;
};

}  // namespace weir
