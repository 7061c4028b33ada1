// Content negotiation: Weir speaks JSON, in a few codings. Pure.
#pragma once

#include "weir/policy/coding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::api {

// Whether an Accept field (RFC 9110, 12.5.1) admits application/json. An empty field admits everything. Of
// several ranges the most specific one decides, so "application/json;q=0, */*" is a refusal. A range that
// cannot be read is skipped.
bool accepts_json(std::string_view accept);

// The codings that a client admits and that are offered, the most wanted first. A value; allocates nothing.
class accepted_codings {
 public:
    std::span<const coding> ranked() const { return {ranked_.data(), count_}; }
    bool admits(coding c) const;
    static accepted_codings only_identity() {
        accepted_codings out;
        out.add(coding::identity);
        return out;
    }
    bool is_empty() const { return count_ == 0; }
    void add(coding c) { ranked_[count_++] = c; }

 private:
    std::array<coding, codings> ranked_{};
    std::uint8_t count_ = 0;
};

// Reads an Accept-Encoding field (RFC 9110, 12.5.3). Nothing in it, or no such field, is a wish for identity:
// a client that does not ask for a coding may not know it. Else what has the greatest weight comes first, of
// equals what comes first in `coding`. Identity is admitted unless it or "*" says q=0, and is the last when
// neither is named. x-gzip is gzip; of two mentions the last counts; what is unknown or cannot be read is
// skipped.
accepted_codings codings_of(std::string_view accept_encoding, const compression& offered);

}  // namespace weir::api
