// The declared tables as SQL that the migration and the drift check share: which triggers must exist, on
// which relation, and in which state. Pure text.
#pragma once

#include "weir/policy/policy.hpp"

#include <string>

namespace weir {

// Returns a query with one row for each change: relation (quoted), name (as declared), recorder, columns,
// suffix.
std::string declared_query(const policy& p);

// Returns a query, over a relation `declared`, with one row for each trigger that must exist. Its columns are
// relation (oid), name, recorder, event, trigger, state (tgenabled), is_made and definition. `is_made` is
// false if Postgres itself makes the trigger as a copy of its parent's. `definition` is the text between the
// trigger's name and "execute".
std::string wanted_triggers_query();

}  // namespace weir
