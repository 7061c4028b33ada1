// The SQL that inspects a statement. Pure text.
#pragma once

#include "weir/policy/policy.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

// A type, with its modifier; -1: none.
struct typed {
    std::uint32_t type = 0;  // OID
    int modifier = -1;
};

// Returns a query with the facts of types, a row for each in their order: name as SQL writes it, base name,
// is_enum, is_array, is_domain, scale, is_deterministic.
std::string type_facts_query(const std::vector<typed>& types);

// Returns the common table expression `facts`, over a relation `typed` (number, type, typmod, coll): the
// columns of type_facts_query() behind `number`.
std::string type_facts_cte();

// Returns statements that make the temporary function of `sql`, in a transaction that they begin. The last
// one is a query with a row for each object: kind, name, columns, via, has_row_security, is_frozen,
// is_changed, language, changes ("0,2"). Two kinds are no objects: the "body" as Postgres analysed it, and
// the oid of each "equality" in it.
std::string inspection_sql(const policy& p, const std::string& sql, const std::string& parameter_types);

}  // namespace weir
