// Cuts SQL text into the pieces that matter to a template: what is code and what is quoted. Pure.
//
// Follows PostgreSQL's lexical structure (documentation, section 4.1) with standard_conforming_strings on,
// its default since 9.1. It is no parser. It only never takes quoted or commented text for code.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

enum class sql_token_kind {
    space,        // white space and comments
    word,         // identifiers, keywords and numbers
    literal,      // '…', E'…', $tag$…$tag$
    identifier,   // "…"
    placeholder,  // {name}
    positional,   // $1
    semicolon,
    symbol,  // any other single character
};

struct sql_token {
    sql_token_kind kind = sql_token_kind::symbol;
    std::size_t offset = 0;
    std::string_view text;  // into the SQL given; of a placeholder with its braces
};

struct sql_tokens {
    std::vector<sql_token> tokens;
    std::string error;  // empty: the text was cut to its end
    std::size_t error_offset = 0;
};

sql_tokens cut_sql(std::string_view sql);

// Returns the name that a word or a quoted name stands for. Empty for any other token.
std::string name_in(const sql_token& token);

}  // namespace weir
