// Chooses the representation, plain or in a coding, in which an answer is sent. Pure.
#pragma once

#include "weir/l1/entry.hpp"
#include "weir/policy/policy.hpp"

#include "negotiation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace weir::api {

struct representation {
    coding how = coding::identity;
    const variant* made =
        nullptr;           // the entry's variant; null for the plain body, or if the variant does not exist
    bool is_held = false;  // the client has it, so the answer is 304
    std::optional<coding> wanted{};  // a coding that the client prefers and the entry does not have yet

    bool must_be_made() const { return how != coding::identity && made == nullptr && !is_held; }
};

// Returns the most wanted representation that exists. If the client admits none that exists, returns the most
// wanted one, which has to be made.
//
// If-None-Match may name the tag of any representation that the client admits. Then that one is chosen,
// because the client already has it, and a 304 has to carry a tag of the client's copy.
//
// `accepted` is not empty. Small bodies have no variants. An entry that is not in L1 gets none either.
representation choose_representation(const entry& e, const accepted_codings& accepted,
                                     std::string_view if_none_match, std::size_t bytes_min);

}  // namespace weir::api
