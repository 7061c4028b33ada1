#include "sql_tokens.hpp"

#include "weir/base/ascii.hpp"
#include "weir/base/placeholder.hpp"

#include <utility>

namespace weir {
namespace {

constexpr std::size_t unclosed = std::string_view::npos;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_word_start(char c) {
    const auto u = static_cast<unsigned char>(c);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || u >= 0x80;
}

bool is_word(char c) {
    return is_word_start(c) || is_digit(c) || c == '$';
}

// Returns the offset behind the piece that begins at `at`, or `unclosed`, like every end_of_….

std::size_t end_of_quoted(std::string_view sql, std::size_t at, bool has_backslashes) {
    const char quote = sql[at];
    for (std::size_t i = at + 1; i < sql.size(); ++i) {
        if (has_backslashes && sql[i] == '\\') {
            ++i;
        } else if (sql[i] == quote) {
            if (i + 1 >= sql.size() || sql[i + 1] != quote) return i + 1;
            ++i;  // a doubled quote stands for itself
        }
    }
    return unclosed;
}

std::size_t end_of_line_comment(std::string_view sql, std::size_t at) {
    const auto end = sql.find('\n', at);
    return end == std::string_view::npos ? sql.size() : end + 1;
}

// Returns the end of a block comment. They nest, unlike C's.
std::size_t end_of_block_comment(std::string_view sql, std::size_t at) {
    std::size_t depth = 0;
    for (std::size_t i = at; i + 1 < sql.size(); ++i) {
        const std::string_view pair = sql.substr(i, 2);
        if (pair == "/*") {
            ++depth;
            ++i;
        } else if (pair == "*/") {
            ++i;
            if (--depth == 0) return i + 1;
        }
    }
    return unclosed;
}

// Returns the `$tag$` that opens a dollar-quoted literal at `at`; empty if none does.
std::string_view dollar_tag(std::string_view sql, std::size_t at) {
    std::size_t i = at + 1;
    while (i < sql.size() && sql[i] != '$' && is_word(sql[i])) ++i;
    if (i >= sql.size() || sql[i] != '$' || (i > at + 1 && is_digit(sql[at + 1]))) return {};
    return sql.substr(at, i + 1 - at);
}

struct piece {
    sql_token_kind kind;
    std::size_t end;
    const char* if_unclosed = "";
};

piece dollar_piece(std::string_view sql, std::size_t at) {
    if (const auto tag = dollar_tag(sql, at); !tag.empty()) {
        const auto close = sql.find(tag, at + tag.size());
        return {sql_token_kind::literal, close == unclosed ? unclosed : close + tag.size(),
                "a dollar-quoted string is not closed"};
    }
    std::size_t end = at + 1;
    while (end < sql.size() && is_digit(sql[end])) ++end;
    return {end > at + 1 ? sql_token_kind::positional : sql_token_kind::symbol, end};
}

piece word_piece(std::string_view sql, std::size_t at) {
    std::size_t end = at + 1;
    while (end < sql.size() && is_word(sql[end])) ++end;
    // E'…' is one token: only there does a backslash escape the closing quote.
    const bool is_escape_prefix = end == at + 1 && (sql[at] == 'e' || sql[at] == 'E');
    if (is_escape_prefix && end < sql.size() && sql[end] == '\'') {
        return {sql_token_kind::literal, end_of_quoted(sql, end, true), "a string is not closed"};
    }
    return {sql_token_kind::word, end};
}

piece next_piece(std::string_view sql, std::size_t at) {
    const char c = sql[at];
    const std::string_view pair = sql.substr(at, 2);
    if (is_space(c)) {
        std::size_t end = at + 1;
        while (end < sql.size() && is_space(sql[end])) ++end;
        return {sql_token_kind::space, end};
    }
    if (pair == "--") return {sql_token_kind::space, end_of_line_comment(sql, at)};
    if (pair == "/*") {
        return {sql_token_kind::space, end_of_block_comment(sql, at), "a comment is not closed"};
    }
    if (c == '\'') {
        return {sql_token_kind::literal, end_of_quoted(sql, at, false), "a string is not closed"};
    }
    if (c == '"') {
        return {sql_token_kind::identifier, end_of_quoted(sql, at, false), "a quoted name is not closed"};
    }
    if (c == '$') return dollar_piece(sql, at);
    if (is_word_start(c) || is_digit(c)) return word_piece(sql, at);
    if (c == '{') {
        return {sql_token_kind::placeholder, placeholder_end(sql, at), "a brace is not closed"};
    }
    return {c == ';' ? sql_token_kind::semicolon : sql_token_kind::symbol, at + 1};
}

}  // namespace

sql_tokens cut_sql(std::string_view sql) {
    sql_tokens out;
    for (std::size_t at = 0; at < sql.size();) {
        const piece p = next_piece(sql, at);
        if (p.end == unclosed) {
            out.error = p.if_unclosed;
            out.error_offset = at;
            return out;
        }
        out.tokens.push_back({p.kind, at, sql.substr(at, p.end - at)});
        at = p.end;
    }
    return out;
}

std::string name_in(const sql_token& token) {
    std::string out;
    if (token.kind == sql_token_kind::word) {
        for (const char c : token.text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (token.kind != sql_token_kind::identifier) return out;
    for (std::size_t i = 1; i + 1 < token.text.size(); ++i) {
        out += token.text[i];
        if (token.text[i] == '"') ++i;
    }
    return out;
}

}  // namespace weir
