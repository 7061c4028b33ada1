// SQL as the configuration's author writes it, with named parameters, and as Postgres gets it. Pure.
//
//     select id, name from products where locale = {locale} or locale = {fallback} or '{locale}' = {locale}
//     select id, name from products where locale = $1 or locale = $2 or '{locale}' = $1
//
// Names inside string literals, quoted identifiers, comments and dollar quotes are left alone. A value never
// becomes part of the SQL text.
#pragma once

#include "weir/config/table_name.hpp"
#include "weir/policy/value.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

struct sql_problem {
    std::size_t offset = 0;  // bytes into the template
    std::string what;
};

struct positional_sql {
    std::string sql;
    std::vector<std::string> names;     // $n is names[n-1]; each name once
    std::vector<sql_problem> problems;  // if there are any, sql must not be used
};

// Converts one statement; a trailing semicolon is dropped. Problems are: an unknown name, an unclosed brace,
// quote or comment, $1 written by hand, unbalanced parentheses, more than one statement, no statement at all.
//
// With `types` (in the order of known_names, and perhaps fewer) each placeholder has its parameter's SQL
// type: $1::text. Postgres gives a parameter the type of a cast that stands right behind it, so no cast runs
// and an index is used as with a constant. Without it Postgres would infer a type from the column. Then '007'
// and '7' would find the same integer under two keys, of which a write deletes one. An empty type leaves it
// to Postgres.
positional_sql to_positional(std::string_view sql, std::span<const std::string> known_names,
                             std::span<const std::string> types = {});

// Returns the SQL type of a parameter with this rule: "text", "bigint", "uuid[]". Empty for JSON: the place
// where it stands says whether it is json, kept as written, or jsonb. No key has a part of that type.
std::string sql_type_of(const value_rule& rule);

// A table that the statement names as the target of insert, update, delete, merge or truncate.
struct write_target {
    std::string verb;   // "insert", …
    std::string table;  // as in table_name.hpp; unquoted names in lower case, as Postgres folds them
    std::size_t offset = 0;
};
std::vector<write_target> write_targets(std::string_view sql);

// Returns the tables behind `from` and `join`, spelt as write_target::table. Leaves out the statement's own
// table expressions (`with x as …`), functions and subqueries. A view is among them; what it reads is not.
std::vector<std::string> read_tables(std::string_view sql);

// Returns the statement's first keyword in lower case: "select", "with", …
std::string first_keyword(std::string_view sql);

// Returns the names of the statement's placeholders, each with its place.
std::vector<std::pair<std::string, std::size_t>> placeholders_in(std::string_view sql);

// Returns whether a word, given in lower case, occurs in the code of the statement.
bool has_word(std::string_view sql, std::string_view word);

// Returns whether the statement itself says in which order its rows come. `order by` in a subquery, a window
// or an aggregate says nothing of that.
bool is_ordered(std::string_view sql);

// Wraps a statement so that Postgres builds the JSON. Then no field of a row is encoded again on its way to
// the client.
std::string json_object(std::string_view sql);  // each row as an object
std::string json_array(std::string_view sql);   // all rows as one array, [] for none
// Gives so many columns of the rows at most, as text, and each different row once.
std::string distinct_texts(std::string_view sql, const std::vector<std::string>& columns, std::size_t most);

// Wraps a write: of each RETURNING row first the object, then these columns of it.
std::string json_returning(std::string_view sql, std::span<const std::string> columns = {});

}  // namespace weir
