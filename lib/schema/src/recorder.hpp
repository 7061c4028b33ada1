// The trigger function of a change: what it records of a statement. Pure text.
#pragma once

#include "weir/policy/policy.hpp"

#include <string>

namespace weir {

// Returns the definition of weir.remember(), which all recorders call.
std::string remember_sql();

// Returns the definition of a change's recorder.
std::string recorder_sql(const change& c);

// Returns the comment that the recorder carries, as JSON: what it records, in the form of a consumer's needs,
// and the hash of its body. {"orders": {"columns": ["id"], "bulk_rows": 1000, "sha256": "…"}}
std::string recorder_note(const change& c);

// Returns the text between the quotes of that function. Postgres keeps it as it is, so that it can be
// compared.
std::string recorder_body(const change& c);

}  // namespace weir
