// The table expressions of SQL: x of `with x as (…)`, and where that name is known. Pure.
#pragma once

#include "sql_tokens.hpp"

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

inline bool is_any_of(const std::string& word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Returns the token's text in lower case; empty behind the end.
std::string word_at(const std::vector<sql_token>& tokens, std::size_t at);

// A table expression of a with clause. Its name means it between these two places; elsewhere the same name is
// that of a table.
struct table_expression {
    std::string name;
    std::size_t first;
    std::size_t end;
};

// Returns the expressions of all with clauses. `tokens` has no white space.
std::vector<table_expression> expressions_of(const std::vector<sql_token>& tokens);

}  // namespace weir
