// What the file will say of each table: decided here, written by table_text. Pure.
#pragma once

#include "weir/init/catalogue.hpp"

#include "column_rules.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::init {

// Postgres cuts a name of 63 bytes off. The names of statements are made of these and must not be cut.
inline constexpr std::size_t name_bytes_max = 48;

// A column that a request names: in a path, in a query, or in a body.
struct parameter_plan {
    const column* of = nullptr;
    std::string name;  // in the file and, but for a path, in the request
    rule by;
};

// GET /v1/orders?customer_id=7
struct list_plan {
    std::string name;  // orders_by_customer_id
    std::string key;   // orders:by-customer-id, without its parameters
    std::vector<parameter_plan> by;
    std::vector<std::string> when;  // empty: no other resource answers on the path
};

// A row of another table, shown in an item that refers to it.
struct join_plan {
    const table* parent = nullptr;
    std::string relation;
    std::vector<const column*> shown;
    std::vector<std::pair<std::string, std::string>> on;  // the columns here and there
    std::string member;                                   // of the answer
};

// A query that a changed row asks for the keys of rows that show it.
struct through_plan {
    std::string sql;
    std::string key;
};

// How a list of all rows is cut: by pages where a cursor can be made of the key.
enum class whole_list { none, by_pages, first_rows };

struct write_plan {
    std::string name;
    std::vector<parameter_plan> key;
    std::vector<parameter_plan> body;
};

struct table_plan {
    const table* of = nullptr;
    std::string stem;      // [a-z0-9_]: begins the names of its resources
    std::string segment;   // the same with hyphens: in paths and keys
    std::string relation;  // as SQL finds it

    std::vector<const column*> shown;
    std::vector<const column*> key;  // empty: rows have no name
    std::string item_name;
    std::vector<parameter_plan> item;  // empty: none
    std::vector<list_plan> lists;
    whole_list whole = whole_list::none;
    std::string whole_name;
    std::string joined_name;       // of the item with what it refers to
    std::vector<join_plan> joins;  // empty: none
    std::vector<through_plan> throughs;
    bool creates = false;
    bool updates = false;
    bool deletes = false;
    write_plan create;
    write_plan update;
    write_plan remove;

    std::vector<std::string> notes;  // for the reader of the file: what is left out, and why
};

struct skipped {
    std::string name;
    std::string why;
};

struct file_plan {
    std::vector<table_plan> tables;
    std::vector<skipped> others;
};

// Returns a key of the table's rows as its change has it, with columns in braces: "books:item:{id}".
std::string touched_key(const table_plan& plan, std::string_view kind);

file_plan plan_of(const catalogue& from);

}  // namespace weir::init
