// Content negotiation: Weir speaks JSON, in a few codings. Pure.
#pragma once

#include "weir/policy/coding.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weir::api {

// Returns whether an Accept field (RFC 9110, 12.5.1) admits application/json. An empty field admits
// everything. Of several ranges the most specific one decides, so "application/json;q=0, */*" refuses it. A
// malformed range is skipped.
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

// Reads an Accept-Encoding field (RFC 9110, 12.5.3). An empty or absent field admits identity alone, since a
// client that names no coding may know none. Otherwise the codings are ranked by weight, and those of equal
// weight in the order of `coding`.
//
// Identity is admitted unless it or "*" has q=0. It comes last if neither is named. x-gzip means gzip. Of two
// mentions of a coding the last one counts. Unknown codings and malformed items are skipped.
accepted_codings codings_of(std::string_view accept_encoding, const compression& offered);

}  // namespace weir::api
