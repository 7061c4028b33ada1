#include "weir/config/sql_casts.hpp"

#include "weir/base/placeholder.hpp"

#include "sql_code.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace weir {
namespace {

bool is_name(const sql_code& code, std::size_t i) {
    return i < code.size() &&
           (code[i].kind == sql_token_kind::word || code[i].kind == sql_token_kind::identifier);
}

struct type_name {
    std::string text;
    std::size_t end;  // of the token behind it
};

// Returns whether the words are a type of two words: "double precision", "character varying".
bool is_second_word(const std::string& first, const std::string& second) {
    if (first == "double") return second == "precision";
    constexpr std::array<std::string_view, 4> varying{"character", "char", "nchar", "bit"};
    return second == "varying" && is_one_of(first, varying);
}

// Adds the suffix that begins at code[i]: "(20, 4)", "[]", "[3]".
void add_suffix(const sql_code& code, type_name& to, std::string_view open, std::string_view close) {
    if (at(code, to.end) != open) return;
    std::size_t i = to.end;
    std::string suffix;
    while (i < code.size()) {
        suffix += code[i].text;
        if (code[i++].text == close) break;
    }
    to.text += suffix;
    to.end = i;
}

std::optional<type_name> type_at(const sql_code& code, std::size_t i) {
    if (!is_name(code, i)) return std::nullopt;
    type_name made{at(code, i), i + 1};
    if (at(code, made.end) == "." && is_name(code, made.end + 1)) {
        made = {made.text + "." + at(code, made.end + 1), made.end + 2};
    } else if (is_second_word(made.text, at(code, made.end))) {
        made = {made.text + " " + at(code, made.end), made.end + 1};
    }
    add_suffix(code, made, "(", ")");
    const std::string next = at(code, made.end);
    if ((next == "with" || next == "without") && at(code, made.end + 1) == "time") made.end += 3;
    while (at(code, made.end) == "[") add_suffix(code, made, "[", "]");
    return made;
}

bool opens(std::string_view text) {
    return text == "(" || text == "[";
}
bool closes(std::string_view text) {
    return text == ")" || text == "]";
}

// Returns the parentheses or brackets around an expression, whatever stands beside it in them; nullopt if
// there are none.
std::optional<token_range> brackets_around(const sql_code& code, token_range inside) {
    int depth = 0;
    std::size_t open = inside.first;
    while (open > 0) {
        const auto text = code[--open].text;
        if (closes(text)) ++depth;
        if (opens(text) && --depth < 0) break;
    }
    if (depth >= 0) return std::nullopt;
    depth = 0;
    for (std::size_t close = inside.last + 1; close < code.size(); ++close) {
        if (opens(code[close].text)) ++depth;
        if (closes(code[close].text) && --depth < 0) return token_range{open, close};
    }
    return std::nullopt;
}

// Returns whether all that stands in the brackets is joined by ||, so that the whole is a text with the
// parameter in it.
bool is_concatenation(const sql_code& code, token_range brackets) {
    constexpr std::array<std::string_view, 3> comparing{"=", "<", ">"};
    constexpr std::array<std::string_view, 8> keywords{"and",  "or",   "select", "case",
                                                       "when", "like", "in",     "is"};
    int depth = 0;
    bool is_joined = false;
    for (std::size_t i = brackets.first + 1; i < brackets.last; ++i) {
        const std::string text = at(code, i);
        if (opens(text)) ++depth;
        if (closes(text)) --depth;
        if (depth > 0) continue;
        if (text == "," || is_one_of(text, comparing) || is_one_of(text, keywords)) return false;
        is_joined = is_joined || (text == "|" && at(code, i + 1) == "|");
    }
    return is_joined;
}

// Functions that give a text, or a part of it, in other words: their results are equal where the parameters
// are.
constexpr std::array<std::string_view, 25> keep_text{
    "trim",     "btrim",          "ltrim",     "rtrim",          "lower",     "upper",     "nullif",
    "coalesce", "replace",        "substr",    "left",           "right",     "substring", "concat",
    "initcap",  "regexp_replace", "translate", "format",         "concat_ws", "overlay",   "lpad",
    "rpad",     "unistr",         "normalize", "string_to_array"};

// Returns the next larger expression that has the same text: ({id}), trim({id}), nullif({id}, ''), {id} ||
// ''.
std::optional<token_range> wider(const sql_code& code, token_range inside) {
    const auto around = brackets_around(code, inside);
    if (!around) return std::nullopt;
    const bool is_called = around->first > 0 && is_name(code, around->first - 1);
    const std::string before = is_called ? at(code, around->first - 1) : std::string{};
    if (code[around->first].text == "[") {
        if (before == "array") return token_range{around->first - 1, around->last};
        return std::nullopt;
    }
    if (is_one_of(before, keep_text)) return token_range{around->first - 1, around->last};
    constexpr std::array<std::string_view, 14> keywords{"where", "and",    "or",     "not",  "on",
                                                        "when",  "then",   "select", "else", "case",
                                                        "by",    "having", "in",     "cast"};
    if (is_called && !is_one_of(before, keywords)) return std::nullopt;
    const bool is_all = around->first + 1 == inside.first && around->last == inside.last + 1;
    if (!is_all && (before == "cast" || !is_concatenation(code, *around))) return std::nullopt;
    return around;
}

// Types whose name can be called like a function, and can stand before a constant. Postgres refuses the
// second form with a parameter; it means the same.
constexpr std::array<std::string_view, 24> callable_types{
    "uuid",   "date",        "int2",      "int4",   "int8",     "numeric", "float4", "float8",
    "bool",   "timestamptz", "timestamp", "timetz", "interval", "inet",    "cidr",   "macaddr",
    "bpchar", "varchar",     "text",      "citext", "jsonb",    "json",    "money",  "bytea"};

std::string element_of(const std::string& array_type) {
    return array_type.substr(0, array_type.rfind('['));
}

// Returns the cast of this expression alone, and the expression that is made of it.
std::optional<std::pair<std::string, token_range>> cast_of(const sql_code& code, token_range what) {
    if (at(code, what.last + 1) == ":" && at(code, what.last + 2) == ":") {
        const auto type = type_at(code, what.last + 3);
        const bool is_array = at(code, what.first) == "array";  // array[{id}]::uuid[] casts each element
        if (type)
            return std::pair{is_array ? element_of(type->text) : type->text,
                             token_range{what.first, type->end - 1}};
    }
    const bool is_in_parentheses = what.first >= 2 && at(code, what.first - 1) == "(";
    const std::string caller = is_in_parentheses ? at(code, what.first - 2) : std::string{};
    if (caller == "cast" && at(code, what.last + 1) == "as") {
        const auto type = type_at(code, what.last + 2);
        if (type && at(code, type->end) == ")") {
            return std::pair{type->text, token_range{what.first - 2, type->end}};
        }
    }
    if (is_one_of(caller, callable_types) && at(code, what.last + 1) == ")") {
        return std::pair{caller, token_range{what.first - 2, what.last + 1}};
    }
    const std::string before = what.first > 0 ? at(code, what.first - 1) : std::string{};
    const bool is_before_parameter = code[what.first].kind == sql_token_kind::placeholder;
    if (is_before_parameter && is_one_of(before, callable_types)) {
        return std::pair{before, token_range{what.first - 1, what.last}};
    }
    return std::nullopt;
}

std::string without_catalog(std::string_view type) {
    constexpr std::string_view catalog = "pg_catalog.";
    if (type.starts_with(catalog)) type.remove_prefix(catalog.size());
    return std::string{type};
}

}  // namespace

std::vector<sql_cast> parameter_casts(std::string_view sql) {
    const sql_code code = code_of(sql);
    std::vector<sql_cast> found;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i].kind != sql_token_kind::placeholder) continue;
        const std::string name = placeholder_name(code[i].text);
        std::optional<token_range> what = token_range{i, i};
        while (what) {
            auto cast = cast_of(code, *what);
            if (cast) found.push_back({name, cast->first, code[i].offset});
            what = cast ? cast->second : wider(code, *what);
        }
    }
    return found;
}

bool compares_as_text(std::string_view type) {
    constexpr std::array<std::string_view, 4> texts{"text", "varchar", "character varying", "char varying"};
    return is_one_of(without_catalog(type), texts);
}

bool is_built_in_type(std::string_view type) {
    constexpr std::array<std::string_view, 42> names{
        "uuid",      "smallint", "int2",    "integer", "int",         "int4",    "bigint",
        "int8",      "numeric",  "decimal", "real",    "float4",      "float",   "float8",
        "money",     "date",     "time",    "timetz",  "timestamp",   "boolean", "timestamptz",
        "bool",      "interval", "json",    "jsonb",   "xml",         "inet",    "cidr",
        "macaddr",   "macaddr8", "bytea",   "bit",     "bit varying", "varbit",  "char",
        "character", "bpchar",   "name",    "oid",     "pg_lsn",      "nchar",   "double precision"};
    const std::string plain = without_catalog(type);
    const bool has_suffix = plain.find_first_of("([") != std::string::npos;
    return has_suffix || compares_as_text(plain) || is_one_of(plain, names);
}

bool compares_text_too(std::string_view sql, std::string_view parameter) {
    const sql_code code = code_of(sql);
    const auto is_text_cast = [&](std::size_t i) {
        return at(code, i) == ":" && at(code, i + 1) == ":" && at(code, i + 2) == "text";
    };
    for (std::size_t i = 0; i < code.size(); ++i) {
        const bool is_placeholder = code[i].kind == sql_token_kind::placeholder;
        if (!is_placeholder || placeholder_name(code[i].text) != parameter) continue;
        if (i >= 5 && at(code, i - 1) == "=" && is_text_cast(i - 4) && at(code, i + 1) != ":") return true;
        // {id} = id::text, {id} = p.id::text
        if (at(code, i + 1) != "=") continue;
        if (is_text_cast(i + 3) || (at(code, i + 3) == "." && is_text_cast(i + 5))) return true;
    }
    return false;
}

}  // namespace weir
