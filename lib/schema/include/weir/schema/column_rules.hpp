// Whether a key may be built from a column, and compared with a parameter: the column's type and collation
// against the parameter's rule.
//
// A key is the text of its values. Postgres compares by value. Where two texts of one type are equal to
// Postgres, or one value has several texts, an entry would miss its invalidation. Pure.
#pragma once

#include "weir/policy/value.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

// A type as the catalogue knows it. Domains are resolved to what they are made of.
struct type_facts {
    std::string written;  // for people and SQL: "numeric(20,4)", "shop.order_status"
    std::string name;     // pg_type.typname of the base type: "int8", "citext"
    bool is_enum = false;
    bool is_array = false;         // then `name` is the element's
    bool is_domain = false;        // `written` is a domain over `name`
    std::optional<int> scale;      // of a numeric that declares it
    bool is_deterministic = true;  // its collation: equal texts have equal bytes
};

// What is wrong, and the remedy.
struct type_trouble {
    std::string why;
    std::string remedy;
};

// Judges a column whose text fills a place of a key under `rule`. Returns nullopt if both sides build one key
// for every value.
std::optional<type_trouble> column_trouble(const type_facts& column, const value_rule& rule);

// Judges the type that Postgres infers for a parameter from what the SQL compares it with.
std::optional<type_trouble> parameter_trouble(const type_facts& inferred, const value_rule& rule);

// Judges it by the declared type alone, of any rule: for SQL that Postgres refuses.
std::optional<type_trouble> other_type_declared(const type_facts& inferred, const value_rule& rule);

// Returns the word that declares the type: type = "uuid". Returns an empty text if a key has no such type.
std::string declared_type_of(const type_facts& type);

}  // namespace weir
