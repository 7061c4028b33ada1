// What Postgres itself says that a statement reads and calls, and what it changes.
//
// The statement becomes the body of a temporary function, in a transaction that is rolled back. So Postgres
// analyses it, parameters included, and records in its catalogue what it depends on. From there the way leads
// through views, other bodies that Postgres stores analysed, and row-level policies. Built-in functions have
// no dependency entries, so they are taken from the analysed bodies.
//
// Columns are a lower bound: to_jsonb(p) names none. So coverage is judged by table.
#pragma once

#include "weir/policy/policy.hpp"
#include "weir/postgres/connection.hpp"
#include "weir/schema/column_rules.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

struct seen_object {
    enum class kind {
        table,
        materialized_view,
        foreign_table,
        sequence,
        catalogue,          // a table or view of Postgres itself
        opaque_function,    // its body is a text to Postgres, so what it reads is not known
        volatile_function,  // its result may change although no row does
    };

    kind what = kind::table;
    std::string name;     // as a change would name it: "products", "shop.products"; or of a function
    std::string columns;  // "id, name": those that are named; may be empty
    std::string via;      // "view v": what leads to it; empty if the statement names it
    bool has_row_security = false;
    bool is_frozen = false;   // read by the refresh of a materialized view alone
    bool is_changed = false;  // the statement inserts, updates or deletes its rows
    std::string language;     // of an opaque function
    std::vector<std::size_t>
        changes;  // of the policy: those of the table, or of a table that it is a part of
};

// Why Postgres refuses a statement.
struct sql_refusal {
    std::string message;
    std::string hint;
    std::size_t line = 0;  // of the author's SQL, counted from 0
};

struct inspection {
    std::optional<sql_refusal> refused;  // then nothing is known of its objects
    std::vector<seen_object> objects;    // sorted by kind and name
    std::vector<type_facts> parameters;  // by $n, as Weir sends them
    std::vector<type_facts> inferred;    // by $n, as Postgres would infer them; empty if it cannot
    std::vector<std::pair<std::string, type_facts>> columns;  // of the result, by their names
};

// Inspects a statement. Runs none of it. `untyped_sql` is the same with parameters that have no type; it may
// be empty. The connection must be idle, and allowed to create temporary objects. Needs PostgreSQL 14. An
// error is the connection's or the inspection's own; last_error() of the connection says more.
awaitable<result<inspection>> inspect(postgres::connection& on, const policy& p, std::string sql,
                                      std::string untyped_sql, deadline until);

}  // namespace weir
