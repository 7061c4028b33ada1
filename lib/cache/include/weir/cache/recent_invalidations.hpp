// Remembers when this node last learnt that a name was invalidated, for operators who ask why an answer is as
// it is. Keeps a few of the keys themselves, for the auditor.
//
// One per process, used on the control side's executor alone. It is bounded: a table by the names' hashes, in
// which the younger of two names that share a slot stays. So it may have forgotten a name, and is never wrong
// about one. It keeps one key in each `sample_gap` at most, so that the few that it keeps reach back for
// seconds however many are written.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

class recent_invalidations {
 public:
    recent_invalidations() : slots_(slots) {}

    void note(const std::vector<std::string>& names, unix_ms at);

    // Returns nullopt if there was none since the start, or if it is no longer remembered.
    std::optional<unix_ms> last(std::string_view name) const;

    // Keeps one of these keys, unless one was kept a moment ago.
    void sample(const std::vector<std::string>& keys, unix_ms at);

    // Takes the youngest kept key that was invalidated in [from, until]. Drops it and all older ones.
    std::optional<std::string> take_sampled(unix_ms from, unix_ms until);

 private:
    static constexpr std::size_t slots = 16'384;
    struct slot {
        std::uint64_t hash = 0;
        unix_ms at{};
    };

    static constexpr milliseconds sample_gap{50};
    static constexpr std::size_t samples_max = 128;
    struct sampled {
        std::string key;
        unix_ms at{};
    };

    std::vector<slot> slots_;
    std::deque<sampled> sampled_;  // oldest first
};

}  // namespace weir
