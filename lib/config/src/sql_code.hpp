// The code of an SQL text, token by token, without white space and comments: what the checks of casts and of
// foldings walk over. Pure.
#pragma once

#include "weir/base/ascii.hpp"

#include "sql_tokens.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

using sql_code = std::vector<sql_token>;

// An expression: the tokens from `first` to `last`.
struct token_range {
    std::size_t first;
    std::size_t last;
};

inline sql_code code_of(std::string_view sql) {
    sql_code all = cut_sql(sql).tokens;
    std::erase_if(all, [](const sql_token& t) { return t.kind == sql_token_kind::space; });
    return all;
}

// Returns the token's text in lower case; empty if there is no such token.
inline std::string at(const sql_code& code, std::size_t i) {
    return i < code.size() ? lower(code[i].text) : std::string{};
}

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace weir
