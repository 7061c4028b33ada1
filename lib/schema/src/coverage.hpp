// Judges what a resource reads: which change covers it, what the file accepts, what is missing. Pure.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/schema/declarations.hpp"
#include "weir/schema/reads.hpp"

namespace weir {

// Adds a resource's lines, and a finding for each table, function and refusal that nothing covers or accepts.
void judge_reads(const policy& p, const resource& r, const inspection& seen, declaration_report& to);

// Adds what a write changes, and a finding for each table that it changes and no change declares.
void judge_write(const policy& p, const std::string& name, const inspection& seen, declaration_report& to);

// Adds a finding for each fault of a query of a change:
// - the database refuses it,
// - it reads a table of which no change reaches what the query names,
// - a column of its result gives no single text.
void judge_through(const policy& p, const change& c, const through_query& q, const inspection& seen,
                   declaration_report& to);

}  // namespace weir
