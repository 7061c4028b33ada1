// What a database's catalogue says of its tables, as far as a configuration can be written from it. Pure
// data: read_catalogue() fills it, and starter_file() reads it.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weir::init {

enum class type_kind { base, enumeration, composite, range };

struct column {
    std::string name;
    std::string type;  // without its domain and length, as a cast names it: "integer", "shop.mood", "text[]"
    type_kind kind = type_kind::base;     // of an array: that of its elements
    std::string element{};                // of an array: the type of its elements. Otherwise empty
    std::optional<std::size_t> length{};  // of varchar(n), in characters
    std::vector<std::string> labels{};    // of an enum, and of an array of enums
    std::string default_sql{};            // the column's or its domain's. Empty: none
    bool is_nullable = true;
    bool is_numbered = false;      // an identity, or a default that takes the next value of a sequence
    bool is_generated = false;     // computed from other columns
    bool is_deterministic = true;  // false: its collation calls texts equal that differ
};

// Columns by their index in the table.
using column_list = std::vector<std::size_t>;

struct foreign_key {
    column_list columns;
    std::string parent_schema{};
    std::string parent{};
    std::vector<std::string> parent_columns{};  // in the order of `columns`
};

struct table {
    std::string schema;
    std::string name;
    std::vector<column> columns{};
    std::vector<column_list> keys{};  // unique indexes on whole columns; the primary key is the first
    bool has_primary_key = false;
    std::vector<foreign_key> foreign_keys{};
    bool is_visible = true;         // its name is found without its schema
    bool has_children = false;      // other tables inherit from it; partitions do not count
    bool has_row_security = false;  // a role may see fewer rows than another
    bool is_owned = true;           // by the role that reads the catalogue, or by one of its roles
    bool may_select = true;
    bool may_insert = true;
    bool may_update = true;
    bool may_delete = true;

    std::string full_name() const { return schema + "." + name; }
};

// A relation that is no table of its own.
struct other_relation {
    std::string schema;
    std::string name;
    std::string what;  // "a view"
};

struct catalogue {
    std::string database;
    std::vector<table> tables;  // by schema, public first, and name
    std::vector<other_relation> others;
    std::set<std::string, std::less<>> keywords;  // words that SQL does not take as a name without quotes
};

// Keeps the tables with these names alone: "orders" or "shop.orders". Returns the names that no table has.
std::vector<std::string> keep_tables(catalogue& from, const std::vector<std::string>& names);

}  // namespace weir::init
