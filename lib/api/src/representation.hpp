// In which of its forms, plain or in a coding, an answer is sent. Pure.
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
        nullptr;           // the entry's; null for the body itself, and for a variant that is not there
    bool is_held = false;  // the client has it, so the answer is 304
    std::optional<coding> wanted{};  // what it would like better, and the entry does not have yet

    bool must_be_made() const { return how != coding::identity && made == nullptr && !is_held; }
};

// The most wanted form that is there. When none of those that the client admits is, the most wanted: it has
// to be made.
//
// If-None-Match may name the tag of any form that the client admits, and then that is the one: the client has
// it, so no other could serve it better, and a 304 has to carry a tag that the client's copy has.
//
// `accepted` is not empty. Small bodies have no variants, and none are wanted of what L1 was not given.
representation choose_representation(const entry& e, const accepted_codings& accepted,
                                     std::string_view if_none_match, std::size_t bytes_min);

}  // namespace weir::api
