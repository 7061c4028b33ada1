// When this node last heard that a name was invalidated: for people who ask why an answer is as it is.
//
// One per process, used on the control side's executor alone. Bounded: a table by the names' hashes, where
// the younger of two names that share a place stays; so it may have forgotten, and is never wrong.
#pragma once

#include "weir/base/time.hpp"

#include <cstddef>
#include <cstdint>
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

 private:
    static constexpr std::size_t places = 16'384;
    struct heard {
        std::uint64_t hash = 0;
        unix_ms at{};
    };

    std::vector<heard> places_;
};

}  // namespace weir
