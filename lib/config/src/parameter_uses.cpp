#include "parameter_uses.hpp"

#include "weir/base/ascii.hpp"
#include "weir/config/sql_template.hpp"

#include "sql_tokens.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>

namespace weir::config {
namespace {

using tokens = std::vector<sql_token>;

bool is_operator(std::string_view text) {
    return text.size() == 1 && std::string_view{"<>=!~@&*"}.find(text.front()) != std::string_view::npos;
}

// An expression that is the parameter, or is made of it alone: $1::text, ($1), lower($1::text).
struct operand {
    std::size_t first;
    std::size_t last;
};

class reader {
 public:
    explicit reader(std::string_view sql) : tokens_(cut_sql(sql).tokens) {
        std::erase_if(tokens_, [](const sql_token& t) { return t.kind == sql_token_kind::space; });
    }

    parameter_uses read(std::size_t number) {
        const std::string wanted = "$" + std::to_string(number);
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (tokens_[i].kind == sql_token_kind::positional && tokens_[i].text == wanted) add_use(i);
        }
        for (auto* list : {&out_.values, &out_.bounds}) {
            std::sort(list->begin(), list->end());
            list->erase(std::unique(list->begin(), list->end()), list->end());
        }
        return std::move(out_);
    }

 private:
    std::string at(std::size_t i) const {
        return i < tokens_.size() ? lower(tokens_[i].text) : std::string{};
    }
    std::string before(std::size_t i) const { return i > 0 ? at(i - 1) : std::string{}; }

    // Returns the last token of the casts behind a token: of 'all'::text.
    std::size_t end_of_casts(std::size_t last) const {
        while (at(last + 1) == ":" && at(last + 2) == ":") {
            last += 3;
            if (at(last + 1) == "(" && at(last + 3) == ")") last += 3;
            while (at(last + 1) == "[" && at(last + 2) == "]") last += 2;
        }
        return last;
    }

    operand widest(std::size_t i) const {
        operand made{i, end_of_casts(i)};
        while (made.first > 0 && before(made.first) == "(" && at(made.last + 1) == ")") {
            const std::string name = before(made.first - 1);
            const bool is_kept = is_one_of(name, {"lower", "upper", "trim", "btrim", "coalesce"});
            const bool is_call = made.first > 1 && tokens_[made.first - 2].kind == sql_token_kind::word &&
                                 !is_kept && !is_keyword(name);
            if (is_call) break;  // of a function whose result is another value
            made = {made.first - (is_kept ? 2 : 1), end_of_casts(made.last + 1)};
        }
        return made;
    }

    static bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
        return std::find(words.begin(), words.end(), word) != words.end();
    }

    static bool is_keyword(std::string_view word) {
        return is_one_of(word, {"where", "and", "or", "not", "in", "on", "when", "then", "else", "select",
                                "case", "having", "any", "all", "between", "from", "is"});
    }

    // Returns the constant that begins at a token: 'all', 0, -1, true.
    std::optional<std::string> constant_at(std::size_t i) const {
        if (i >= tokens_.size()) return std::nullopt;
        const std::string_view text = tokens_[i].text;
        if (tokens_[i].kind == sql_token_kind::literal) return literal_text(text);
        if (text == "-" && i + 1 < tokens_.size() && is_digit(tokens_[i + 1].text.front())) {
            return "-" + std::string{tokens_[i + 1].text};
        }
        const bool is_word = tokens_[i].kind == sql_token_kind::word;
        if (is_word && (is_digit(text.front()) || at(i) == "true" || at(i) == "false")) return at(i);
        return std::nullopt;
    }

    // Returns the text of '…'. The rarer ways to write one are left out.
    static std::optional<std::string> literal_text(std::string_view written) {
        if (written.front() != '\'') return std::nullopt;
        std::string out;
        for (std::size_t i = 1; i + 1 < written.size(); ++i) {
            out += written[i];
            if (written[i] == '\'') ++i;
        }
        return out;
    }

    void add_value(const std::optional<std::string>& value) {
        if (value) out_.values.push_back(*value);
    }

    void add_use(std::size_t i) {
        const operand it = widest(i);
        add_behind(it.last + 1);
        add_before(it.first);
        add_distinct(it);
        if (is_condition(it)) out_.is_unlike = true;
        if (before(it.first) == "(" && before(it.first - 1) == "nullif" && at(it.last + 1) == ",") {
            add_value(constant_at(it.last + 2));
        }
        if (before(it.first) == "case") add_cases(it.last + 1);
        if (before(it.first) == "[" && before(it.first - 1) == "array") add_container(it);
    }

    void add_cases(std::size_t i) {
        for (; i < tokens_.size() && at(i) != "end"; ++i) {
            if (at(i) == "when") add_value(constant_at(i + 1));
        }
    }

    void add_container(operand it) {
        const std::string outside = it.first >= 3 ? at(it.first - 3) : std::string{};
        const bool is_behind = outside == ">" || outside == "&";
        const std::size_t next = end_of_casts(it.last + 1) + 1;
        if (is_behind || at(next) == "<" || at(next) == "&") out_.is_element = true;
    }

    // Reads `= 'all'`, `in ('all', 'any')`, `>= price`, `= any(tags)` behind the parameter.
    void add_behind(std::size_t i) {
        std::string sign;
        for (; is_operator(at(i)); ++i) sign += at(i);
        const bool is_not = at(i) == "not";
        if (is_not) ++i;
        if (at(i) == "in" && at(i + 1) == "(") return add_list(i + 2);
        if (is_match(at(i)) || at(i) == "between") out_.is_unlike = true;
        if (!is_comparison(sign)) return;
        const auto value = constant_at(i);
        if (value) return add_value(value);
        if (is_one_of(at(i), {"any", "all"}) && at(i + 2) == "array") return add_list(i + 4);
        const bool is_array = at(i) == "any" && at(i + 2) != "select" && at(i + 2) != "array";
        if (sign == "=" && is_array) out_.is_element = true;
        add_sign(sign, false);
        if (is_order(sign)) add_bound(at(i + 1) == "." ? i + 2 : i);
    }

    void add_list(std::size_t i) {
        if (at(i) == "select" || at(i) == "with") return;
        for (; i < tokens_.size() && at(i) != ")" && at(i) != "]"; ++i) add_value(constant_at(i));
    }

    // Reads `is distinct from 'all'` on either side of the parameter.
    void add_distinct(operand it) {
        const bool is_left = at(it.last + 1) == "is";
        const bool is_left_not = at(it.last + 2) == "not";
        const std::size_t behind = it.last + (is_left_not ? 5 : 4);
        if (is_left && at(behind - 1) == "from") add_distinct_from(constant_at(behind), is_left_not);
        const bool is_right = before(it.first) == "from" && it.first > 4 && at(it.first - 2) == "distinct";
        const bool is_right_not = is_right && at(it.first - 3) == "not";
        if (is_right) add_distinct_from(constant_at(it.first - (is_right_not ? 5 : 4)), is_right_not);
    }

    void add_distinct_from(const std::optional<std::string>& constant, bool is_not) {
        add_value(constant);
        if (!constant && !is_not) out_.is_unlike = true;
    }

    // Returns whether the parameter is a condition of its own: ({all} or status = 'open').
    bool is_condition(operand it) const {
        const bool has_beginning =
            it.first == 0 || is_one_of(before(it.first), {"where", "and", "or", "not", "on", "when", "("});
        const bool has_end =
            is_one_of(at(it.last + 1), {"", "and", "or", ")", "then", "order", "group", "limit"});
        const bool is_argument = before(it.first) == "(" && at(it.last + 1) == ")";  // of a function
        return has_beginning && has_end && !is_argument && !is_end_of_between(it.first);
    }

    void add_before(std::size_t first) {
        std::string sign;
        while (first > 0 && is_operator(before(first))) sign.insert(0, before(first--));
        if (is_match(before(first))) out_.is_unlike = true;
        add_between(first);
        if (!is_comparison(sign) || first == 0) return;
        std::size_t value = first - 1;
        while (value >= 3 && at(value - 1) == ":" && at(value - 2) == ":") value -= 3;
        const bool is_negative = value > 0 && before(value) == "-";
        const auto constant = constant_at(is_negative ? value - 1 : value);
        if (constant) return add_value(constant);
        add_sign(sign, true);
        if (is_order(sign)) add_bound(value);
    }

    // Reads `day between {x} and {y}` before either of the two.
    void add_between(std::size_t first) {
        const std::size_t i = before(first) == "and" ? begin_of_between(first) : first;
        if (i < 2 || before(i) != "between") return;
        (i < first ? out_.is_below : out_.is_above) = true;
        add_bound(i - 2);
    }

    // Returns the offset behind the `between` whose second value begins at `first`, or 0.
    std::size_t begin_of_between(std::size_t first) const {
        constexpr std::size_t near = 8;  // tokens: (lower({x}::text))
        std::size_t i = first - 1;
        while (i > 0 && first - i < near && before(i) != "between" && before(i) != "and") --i;
        return before(i) == "between" ? i : 0;
    }

    bool is_end_of_between(std::size_t first) const {
        return before(first) == "and" && begin_of_between(first) != 0;
    }

    void add_bound(std::size_t i) { out_.bounds.push_back(at(i)); }

    // Returns whether the operator compares scalars. `&&` and `@>` compare arrays, `*` gives another value.
    static bool is_comparison(std::string_view sign) { return sign.find_first_of("=<>!~") == 0; }

    static bool is_order(std::string_view sign) {
        return sign == "<" || sign == "<=" || sign == ">" || sign == ">=";
    }

    static bool is_match(std::string_view word) {
        return word == "like" || word == "ilike" || word == "similar";
    }

    // Adds a comparison with something else than a constant. `is_behind`: the parameter stands on its right.
    void add_sign(const std::string& sign, bool is_behind) {
        if (sign == "<" || sign == "<=") (is_behind ? out_.is_above : out_.is_below) = true;
        if (sign == ">" || sign == ">=") (is_behind ? out_.is_below : out_.is_above) = true;
        const bool is_pattern = sign.find('~') != std::string::npos;
        if (sign == "<>" || sign == "!=" || is_pattern) out_.is_unlike = true;
    }

    tokens tokens_;
    parameter_uses out_;
};

}  // namespace

parameter_uses uses_of(std::string_view sql, std::size_t number) {
    return reader{sql}.read(number);
}

}  // namespace weir::config
