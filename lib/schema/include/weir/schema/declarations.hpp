// Checks the declarations of a policy against the database that they speak of. Is every table that a resource
// reads covered by a change? Is every key built from values that have one text? Does Postgres accept the SQL?
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"
#include "weir/schema/finding.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

// One line for people: "categories (category_name) via view v", and "change.categories: products:item:{id}".
struct read_line {
    std::string what;
    std::string cover;
};

struct declared_reads {
    std::string declared;  // "resource.product", "write.update_product"
    bool is_cached = true;
    std::vector<read_line> lines;
};

struct declaration_report {
    std::vector<declared_reads> reads;
    findings found;
};

// The check could not be done, or not to its end.
struct check_failure {
    error_code why;
    std::string problem;  // for the operator
};

struct checked_declarations {
    declaration_report report;
    std::optional<check_failure> failure;
};

// Checks everything. Changes nothing: what it creates to look at is rolled back. The connection must be idle.
awaitable<checked_declarations> check_declarations(postgres::connection& on, const policy& p, deadline until);

// Checks everything but the triggers (drift.hpp).
awaitable<checked_declarations> check_reads(postgres::connection& on, const policy& p, deadline until);

// Checks the types of the columns of keys and tags alone. One statement that reads the catalogue. Says
// nothing of tables and columns that do not exist.
awaitable<result<findings>> check_key_columns(postgres::connection& on, const policy& p, deadline until);

// Names the columns that changes need and tables do not have. One statement, too.
awaitable<result<findings>> check_columns_exist(postgres::connection& on, const policy& p, deadline until);

// Does each on a connection of its own.
awaitable<checked_declarations> check_declarations(postgres::conninfo to, const policy& p, deadline until);
awaitable<checked_declarations> check_key_columns(postgres::conninfo to, const policy& p, deadline until);

}  // namespace weir
