// What can be done with a column, by its type: be part of a key, be shown, be written. Pure.
#pragma once

#include "weir/init/catalogue.hpp"

#include <string>
#include <variant>

namespace weir::init {

// A rule for the file, and what SQL adds to the placeholder.
struct rule {
    std::string fields;  // of a parameter: `type = "integer"`; empty: a text of the default length
    std::string cast{};  // behind the placeholder: "::shop.mood"
};

struct impossible {
    std::string why;  // "its type bytea is binary"
};

using rule_or_reason = std::variant<rule, impossible>;

// Returns the rule of a parameter that is compared with the column. Each value must have one text.
rule_or_reason key_rule(const column& c);

// Returns the rule of a body field that is written to the column.
rule_or_reason body_rule(const column& c);

// Returns why an answer has no place for the column; empty if it has.
std::string why_not_shown(const column& c);

bool is_integer(const column& c);
bool is_text(const column& c);

// Returns whether rows can be ordered by the column.
bool is_ordered(const column& c);

}  // namespace weir::init
