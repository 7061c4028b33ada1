#include "table_expressions.hpp"

#include "weir/config/table_name.hpp"

#include <optional>

namespace weir {
namespace {

// Returns where the parentheses around a token end, or the end of the statement.
std::size_t end_of_scope(const std::vector<sql_token>& tokens, std::size_t at) {
    int depth = 0;
    for (; at < tokens.size(); ++at) {
        if (tokens[at].text == "(") ++depth;
        if (tokens[at].text == ")" && --depth < 0) break;
    }
    return at;
}

// Returns the parenthesis that opens the body of the expression at a token: x as (…), x (a, b) as
// materialized (…). Returns nullopt for other text.
std::optional<std::size_t> body_of_expression(const std::vector<sql_token>& tokens, std::size_t at) {
    if (at >= tokens.size() || name_in(tokens[at]).empty()) return std::nullopt;
    std::size_t as = at + 1;
    if (word_at(tokens, as) == "(") as = end_of_scope(tokens, as + 1) + 1;
    if (word_at(tokens, as) != "as") return std::nullopt;
    while (is_any_of(word_at(tokens, as + 1), {"not", "materialized"})) ++as;
    return word_at(tokens, as + 1) == "(" ? std::optional{as + 1} : std::nullopt;
}

// Returns where the next expression of the list may begin: behind the next comma.
std::size_t next_expression(const std::vector<sql_token>& tokens, std::size_t at) {
    for (; at < tokens.size(); ++at) {
        if (tokens[at].text == ",") return at + 1;
        if (is_any_of(word_at(tokens, at), {"select", "insert", "update", "delete", "merge", "values", "("}))
            return tokens.size();
    }
    return at;
}

// Adds the expressions of the with clause at a token. Each is known behind its own body; a recursive clause
// knows them all from its beginning.
void add_expressions(const std::vector<sql_token>& tokens, std::size_t with,
                     std::vector<table_expression>& to) {
    const bool is_recursive = word_at(tokens, with + 1) == "recursive";
    const std::size_t end = end_of_scope(tokens, with);
    std::size_t at = with + (is_recursive ? 2 : 1);
    if (!body_of_expression(tokens, at)) return;  // with ties, with time zone
    while (at < end) {
        const auto body = body_of_expression(tokens, at);
        std::size_t behind = at;  // of a comma in a search or cycle clause
        if (body) {
            behind = end_of_scope(tokens, *body + 1) + 1;
            to.push_back({table_name_part(name_in(tokens[at])), is_recursive ? with : behind, end});
        }
        at = next_expression(tokens, behind);
    }
}

}  // namespace

std::vector<table_expression> expressions_of(const std::vector<sql_token>& tokens) {
    std::vector<table_expression> out;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i].kind == sql_token_kind::word && word_at(tokens, i) == "with")
            add_expressions(tokens, i, out);
    }
    return out;
}

std::string word_at(const std::vector<sql_token>& tokens, std::size_t at) {
    std::string out{at < tokens.size() ? tokens[at].text : std::string_view{}};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

}  // namespace weir
