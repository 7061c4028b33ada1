// Keys through a query: what changed rows ask of the database, so that they reach names that their own
// columns do not hold. Pure; a port asks the questions (key_expansion).
//
// The rule: what is expanded together, after the commit, in one snapshot of the primary.
// - The changed rows.
// - Every row that is still owed on a table which their queries read.
// - The same for the queries of those rows, and so on.
//
// Why the owed rows: another writer may just have moved a product out of a category. The category's query no
// longer finds it. But a cached answer may still show it there, with the category's old name. That writer's
// row is owed until its invalidation is done. No writer has to wait for another.
#pragma once

#include "weir/policy/invalidation.hpp"
#include "weir/policy/policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

// One execution of a through-query. Points into the policy that it was made of.
struct through_question {
    const change* of = nullptr;
    const through_query* query = nullptr;
    std::vector<sql_value> arguments;

    bool operator==(const through_question&) const = default;
};

struct through_answer {
    const change* of = nullptr;
    const through_query* query = nullptr;
    std::vector<row_image> rows;  // of all questions of this query; the columns that it names
    bool is_whole = false;        // too many: any entry of its resources may be touched
    bool is_own = true;           // to questions of the changed rows; false: of owed rows alone
};

// What one snapshot shows.
struct through_found {
    std::vector<outbox_row> owed;
    std::vector<through_answer> answers;
};

// Returns the tables whose owed rows matter to these rows: those that their through-queries read, and those
// that the queries of these tables read in turn. Empty: the rows ask nothing.
std::vector<std::string> tables_read_through(const policy& p, const std::vector<outbox_row>& rows);

// Returns how many owed rows are worth expanding. With more of them the resources are forgotten as a whole.
std::size_t owed_rows_max(const policy& p, const std::vector<outbox_row>& rows);

// Returns what the rows ask, each question once.
std::vector<through_question> questions_of(const policy& p, const std::vector<outbox_row>& rows);

// Returns `rows`, and those of `owed` that are not among them.
std::vector<outbox_row> with_owed(std::vector<outbox_row> rows, std::vector<outbox_row> owed);

// Returns the names that the rows touch, directly and through queries. Without `found`, the database could
// not be asked: then each resource that a query reaches gives its tag.
touched touched_by(const policy& p, std::vector<outbox_row> rows, std::optional<through_found> found);

// Returns those of these names that the rows touch themselves. The others come from owed rows.
touched touched_by_own(const policy& p, const std::vector<outbox_row>& rows, const through_found& found);

}  // namespace weir
