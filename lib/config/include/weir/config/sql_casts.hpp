// Casts of parameters in a template's SQL: {id}::uuid, cast({id} as date). Pure.
//
// A key is built from a value's text. Where the SQL compares the value as another type, two texts may be
// equal there and have two keys: 'A0EE…' and 'a0ee…' as uuid, '7' and '007' as integer.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

struct sql_cast {
    std::string parameter;
    std::string type;        // as written, in lower case: "uuid", "numeric(20,4)", "text[]"
    std::size_t offset = 0;  // of the parameter's placeholder: bytes into the template
};

// Returns the casts in the order of the placeholders, inner ones first. Looks through parentheses, and
// through functions that give the text or a part of it: trim({id})::uuid, nullif({id}, '')::uuid.
std::vector<sql_cast> parameter_casts(std::string_view sql);

// Returns whether two values of this type are equal only if their texts are. True for text and varchar alone.
// Of a type without a built-in name (an enum, a domain, citext) it is not known, so false.
bool compares_as_text(std::string_view type);

// Returns whether Postgres itself names the type. A type with another name may be an enum.
bool is_built_in_type(std::string_view type);

// Returns whether the SQL also compares a column's text with the parameter (id::text = {id}), so that a row
// is found under the one spelling that Postgres gives it.
bool compares_text_too(std::string_view sql, std::string_view parameter);

}  // namespace weir
