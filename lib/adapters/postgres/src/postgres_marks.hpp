// How a consumer marks rows of the outbox. Pure text.
#pragma once

#include <string>

namespace weir {

// Returns the beginning of an update of weir.outbox, named `o`, that marks its rows: FROM or WHERE follows.
// The consumer's id is the parameter $2. It settles each row that every other live consumer which declares
// its table has marked.
//
// The rows must be locked before, in the order of their ids: what settles or replays other rows at the same
// time would wait for this update while this waits for it.
//
// Marks that meet wait for each other's row lock, and the later one sees the marks of the earlier one. So one
// of them finds the row complete. Which consumers are alive is read after the row was committed: a consumer
// that registers later reads what the row says anyway.
std::string mark_sql();

// The condition that $2 and $3, id and incarnation, are those of a registration that stands. A consumer whose
// registration has run out must not settle: the others no longer count it, nor need it count them.
inline const std::string is_registered_sql =
    "exists (select from weir.consumers where id = $2::integer and incarnation = $3::bigint "
    "and expires_at > clock_timestamp())";

}  // namespace weir
