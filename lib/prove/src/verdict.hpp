// Whether two answers are the same to a client. Pure.
#pragma once

#include "trial.hpp"

namespace weir::prove {

// Returns whether a row is in the answer.
bool has_content(const answer& a);

// Returns the first line of what the database said.
std::string first_line(const std::string& text);

// Returns whether the bodies have the same members and elements, in whatever order the arrays are: SQL that
// does not order its rows may give them in another order after any write.
bool is_same_but_for_order(const answer& a, const answer& b);

// Returns whether the answer was stored and the write named neither its key nor one of its tags.
bool is_missed(const resource& what, const question& q, const answer& before, const touched& named);

// Returns a body for people: its beginning, and what differs from the other.
std::string shortened(const std::optional<std::string>& body, const std::optional<std::string>& other);

}  // namespace weir::prove
