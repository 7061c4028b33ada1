// The declared tables as SQL that the migration and the look for drift read alike: which triggers there have
// to be, on which relation, and in which state. Pure text.
#pragma once

#include "weir/policy/policy.hpp"

#include <string>

namespace weir {

// A query of one row a change: relation (quoted), name (as declared), recorder, columns, suffix, body_hash.
std::string declared_query(const policy& p);

// A query, over a relation `declared`, of one row for each trigger that must exist: relation (oid), name,
// recorder, event, trigger, state (tgenabled), is_made (not made by Postgres itself as a copy of its
// parent's) and definition (between the trigger's name and "execute").
std::string wanted_triggers_query();

}  // namespace weir
