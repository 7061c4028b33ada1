// When this node last heard that a name was invalidated: for people who ask why an answer is as it is. And a
// few of the keys themselves, for the auditor.
//
// One per process, used on the control side's executor alone. Bounded: a table by the names' hashes, where
// the younger of two names that share a place stays; so it may have forgotten, and is never wrong. Of the
// keys, one in `sample_gap` at most, so that the few kept reach back for seconds however many are written.
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
    recent_invalidations() : places_(places) {}

    void note(const std::vector<std::string>& names, unix_ms at);

    // Nothing: not since the start, or longer ago than this remembers.
    std::optional<unix_ms> last(std::string_view name) const;

    // Perhaps keeps one of them.
    void sample(const std::vector<std::string>& keys, unix_ms at);

    // The youngest kept key that was invalidated in [from, until]. It and the older ones are then forgotten.
    std::optional<std::string> take_sampled(unix_ms from, unix_ms until);

 private:
    static constexpr std::size_t places = 16'384;
    struct heard {
        std::uint64_t hash = 0;
        unix_ms at{};
    };

    static constexpr milliseconds sample_gap{50};
    static constexpr std::size_t samples_max = 128;
    struct sampled {
        std::string key;
        unix_ms at{};
    };

    std::vector<heard> places_;
    std::deque<sampled> sampled_;  // oldest first
};

}  // namespace weir
