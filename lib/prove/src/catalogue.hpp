// What the proof must know of the database: the tables that each resource reads, their columns and keys, and
// how rows refer to each other. Read once, at the beginning.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace weir::prove {

struct column {
    std::string name;
    std::string quoted;
    std::string type;     // as format_type writes the type behind its domains
    char category = 'U';  // pg_type.typcategory
    bool is_nullable = false;
    bool is_generated = false;             // by Postgres alone: no write may name it
    bool is_always_identity = false;       // an update may not name it
    bool is_fixed = false;                 // a check allows one value alone
    bool is_in_key = false;                // in one of the table's unique or exclusion indexes
    std::vector<std::string> labels = {};  // of an enum or an array of it, and the literals of checks
    std::size_t length_max = 0;            // of a text or bits, as their type says; 0: any
};

struct table {
    std::string oid;
    std::string name;       // as SQL writes it
    std::string type = {};  // of its rows: with the schema, since a table may be called like a type
    double rows = 0;        // about so many
    bool is_large = false;
    std::vector<column> columns;
    std::vector<std::size_t> key;  // the columns of its primary key; empty: none

    std::optional<std::size_t> find(std::string_view column_name) const;
};

// Rows of `from` refer to rows of `to`: columns in the same order. It is implied where no constraint says so,
// but a column has the name of another table's key.
struct reference {
    std::size_t from = 0;
    std::vector<std::size_t> from_columns;
    std::size_t to = 0;
    std::vector<std::size_t> to_columns;
    bool is_implied = false;
};

struct reading {
    const resource* what = nullptr;
    std::vector<std::size_t> tables;
    std::vector<std::string> opaque;  // foreign tables, functions and the like: their rows are not seen here
    std::string problem;              // why its tables are not known
};

struct catalogue {
    std::vector<table> tables;
    std::vector<reference> references;
    std::vector<reading> readings;                    // of every cached resource with SQL
    std::vector<std::optional<std::size_t>> changes;  // the table of each change of the policy
};

// Ends with errc::cancelled between two resources once `is_over` says so.
awaitable<result<catalogue>> read_catalogue(postgres::connection& on, const policy& p, deadline until,
                                            std::function<bool()> is_over);

}  // namespace weir::prove
