#include "weir/config/sql_foldings.hpp"

#include "weir/base/placeholder.hpp"

#include "sql_code.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace weir {
namespace {

// Functions that give several texts one.
constexpr auto folding_functions = std::to_array<std::string_view>(
    {"lower", "upper", "initcap", "casefold", "unaccent", "left", "right", "substr", "substring", "translate",
     "replace", "regexp_replace", "normalize", "to_date", "to_number", "to_timestamp", "soundex",
     "metaphone"});

// Functions that give several numbers or times one, whichever of their arguments that is.
constexpr auto rounding_functions = std::to_array<std::string_view>(
    {"date_trunc", "date_bin", "date_part", "extract", "to_char", "round", "floor", "ceil", "ceiling",
     "trunc", "abs", "mod", "div", "sign", "width_bucket"});

// Functions that cut what a key's part does not have: white space around it.
constexpr auto trimming_functions = std::to_array<std::string_view>({"trim", "btrim", "ltrim", "rtrim"});

// Returns whether the token is an equals sign of its own, not a part of <=, >= or !=.
bool is_equals(const sql_code& code, std::size_t i) {
    if (at(code, i) != "=") return false;
    constexpr auto others = std::to_array<std::string_view>({"<", ">", "!", "~", "@"});
    return i == 0 || !is_one_of(at(code, i - 1), others) || code[i - 1].offset + 1 != code[i].offset;
}

// Returns the place of the parenthesis that closes the one at `open`, or the end.
std::size_t closing(const sql_code& code, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < code.size(); ++i) {
        if (code[i].text == "(") ++depth;
        if (code[i].text == ")" && --depth == 0) return i;
    }
    return code.size();
}

// Returns the place of the parenthesis that opens the one at `close`; nullopt if none does.
std::optional<std::size_t> opening(const sql_code& code, std::size_t close) {
    int depth = 0;
    for (std::size_t i = close + 1; i-- > 0;) {
        if (code[i].text == ")") ++depth;
        if (code[i].text == "(" && --depth == 0) return i;
    }
    return std::nullopt;
}

// Returns the expression without the casts behind it: `::text`.
token_range with_casts(const sql_code& code, token_range what) {
    while (at(code, what.last + 1) == ":" && at(code, what.last + 2) == ":" && what.last + 3 < code.size()) {
        what.last += 3;
    }
    return what;
}

// Returns whether the expression is compared for equality: = e, e =, in (e, …).
bool is_compared(const sql_code& code, token_range what) {
    if (is_equals(code, what.last + 1)) return true;
    if (what.first == 0) return false;
    if (is_equals(code, what.first - 1)) return true;
    const std::string before = at(code, what.first - 1);
    return what.first >= 2 && (before == "(" || before == ",") && at(code, what.first - 2) == "in";
}

// Returns the function that is called with the expression as its first argument, and the call.
std::optional<std::pair<std::string, token_range>> call_of(const sql_code& code, token_range argument) {
    if (argument.first < 2 || at(code, argument.first - 1) != "(") return std::nullopt;
    const std::size_t close = closing(code, argument.first - 1);
    if (close == code.size() || code[argument.first - 2].kind != sql_token_kind::word) return std::nullopt;
    return std::pair{at(code, argument.first - 2), token_range{argument.first - 2, close}};
}

// Returns the function of the parameter at `i` that folds it, if the result is compared.
std::optional<std::string> folding_of_parameter(const sql_code& code, std::size_t i) {
    std::optional<std::string> found;
    token_range what = with_casts(code, {i, i});
    while (const auto call = call_of(code, what)) {
        const bool is_trimmed = is_one_of(call->first, trimming_functions);
        const bool is_alone = call->second.last == what.last + 1;
        if (is_one_of(call->first, folding_functions) || (is_trimmed && !is_alone)) {
            found = found.value_or(call->first);
        } else if (!is_trimmed && call->first != "nullif" && call->first != "coalesce") {
            break;
        }
        what = with_casts(code, call->second);
    }
    return found && is_compared(code, what) ? found : std::nullopt;
}

// Returns the call that the expression stands in, as whatever argument, if its function rounds.
std::optional<std::pair<std::string, token_range>> rounding_call_around(const sql_code& code,
                                                                        token_range what) {
    int depth = 0;
    for (std::size_t i = what.first; i-- > 1;) {
        if (code[i].text == ")") ++depth;
        if (code[i].text != "(" || --depth >= 0) continue;
        const std::size_t close = closing(code, i);
        if (close == code.size()) return std::nullopt;
        if (is_one_of(at(code, i - 1), rounding_functions))
            return std::pair{at(code, i - 1), token_range{i - 1, close}};
        if (code[i - 1].kind == sql_token_kind::word) return std::nullopt;
        depth = 0;  // of parentheses that only group
    }
    return std::nullopt;
}

// Returns the function that rounds the parameter at `i`, if the result is compared.
std::optional<std::string> rounding_of_parameter(const sql_code& code, std::size_t i) {
    const auto call = rounding_call_around(code, with_casts(code, {i, i}));
    if (!call || !is_compared(code, with_casts(code, call->second))) return std::nullopt;
    return call->first;
}

// Returns the call on the other side of the parameter's equals sign.
std::optional<token_range> call_beside(const sql_code& code, std::size_t i) {
    const token_range what = with_casts(code, {i, i});
    if (is_equals(code, what.last + 1) && at(code, what.last + 3) == "(")
        return token_range{what.last + 2, closing(code, what.last + 3)};
    if (what.first < 2 || !is_equals(code, what.first - 1)) return std::nullopt;
    std::size_t close = what.first - 2;
    while (close >= 3 && at(code, close - 1) == ":" && at(code, close - 2) == ":") close -= 3;
    if (at(code, close) != ")") return std::nullopt;
    const auto open = opening(code, close);
    if (!open || *open == 0) return std::nullopt;
    return token_range{*open - 1, close};
}

// Returns the names in a call, without those of fields: extract(year from day).
std::vector<std::string> words_in(const sql_code& code, token_range call) {
    std::vector<std::string> made;
    for (std::size_t k = call.first + 1; k < std::min(call.last, code.size()); ++k) {
        if (at(code, k) == "from" || at(code, k + 1) == "from") continue;
        std::string name = name_in(code[k]);
        if (!name.empty()) made.push_back(std::move(name));
    }
    return made;
}

// Returns the call on the other side of the parameter's equals sign, if it folds or rounds.
std::optional<sql_folding> folding_of_column(const sql_code& code, std::size_t i) {
    const auto call = call_beside(code, i);
    if (!call) return std::nullopt;
    const std::string function = at(code, call->first);
    if (!is_one_of(function, folding_functions) && !is_one_of(function, rounding_functions))
        return std::nullopt;
    return sql_folding{.parameter = {},
                       .function = function,
                       .what = folding_of::column,
                       .offset = 0,
                       .words = words_in(code, *call)};
}

}  // namespace

bool is_rounding(std::string_view function) {
    return is_one_of(std::string{function}, rounding_functions);
}

std::vector<sql_folding> foldings(std::string_view sql) {
    const sql_code code = code_of(sql);
    std::vector<sql_folding> found;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i].kind != sql_token_kind::placeholder) continue;
        const std::string name = placeholder_name(code[i].text);
        const auto add = [&](sql_folding one) {
            one.parameter = name;
            one.offset = code[i].offset;
            found.push_back(std::move(one));
        };
        for (auto* function_of : {folding_of_parameter, rounding_of_parameter}) {
            if (auto function = function_of(code, i))
                add({.parameter = {}, .function = *std::move(function)});
        }
        if (auto folded = folding_of_column(code, i)) add(*std::move(folded));
    }
    return found;
}

}  // namespace weir
