#include "sql_words.hpp"

#include "weir/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

namespace weir::prove {
namespace {

enum class kind { word, name, literal, number, parameter, symbol };

struct word {
    kind is = kind::symbol;
    std::string text;  // a word in lower case, a literal without its quotes
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool is_letter(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
           static_cast<unsigned char>(c) >= 128;
}
bool is_operator(char c) {
    return std::string_view{"+-*/<>=~!@#%^&|?"}.find(c) != std::string_view::npos;
}

class cutter {
 public:
    explicit cutter(std::string_view sql) : sql_(sql) {}

    std::vector<word> cut() {
        while (skip_space()) add_next();
        return std::move(words_);
    }

 private:
    bool starts_with(std::string_view text) const { return sql_.substr(at_).starts_with(text); }

    // Skips white space and comments. Returns whether there is more.
    bool skip_space() {
        for (;;) {
            if (at_ >= sql_.size()) return false;
            if (std::isspace(static_cast<unsigned char>(sql_[at_])) != 0) {
                ++at_;
            } else if (starts_with("--")) {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (starts_with("/*")) {
                const auto end = sql_.find("*/", at_ + 2);
                at_ = end == std::string_view::npos ? sql_.size() : end + 2;
            } else {
                return true;
            }
        }
    }

    void add(kind is, std::string text, std::size_t end) {
        words_.push_back({is, std::move(text), at_, end});
        at_ = end;
    }

    template <class Test>
    std::size_t end_of(Test belongs) const {
        std::size_t end = at_ + 1;
        while (end < sql_.size() && belongs(sql_[end])) ++end;
        return end;
    }

    void add_quoted(char quote) {
        std::string text;
        std::size_t end = at_ + 1;
        for (; end < sql_.size(); ++end) {
            if (sql_[end] != quote) {
                text += sql_[end];
            } else if (end + 1 < sql_.size() && sql_[end + 1] == quote) {
                text += sql_[end++];
            } else {
                break;
            }
        }
        add(quote == '"' ? kind::name : kind::literal, std::move(text), std::min(end + 1, sql_.size()));
    }

    void add_dollar() {
        const auto digits = end_of(is_digit);
        if (digits > at_ + 1) {
            add(kind::parameter, std::string(sql_.substr(at_ + 1, digits - at_ - 1)), digits);
            return;
        }
        const auto tag_end = sql_.find('$', at_ + 1);
        const auto tag = sql_.substr(at_, tag_end - at_ + 1);
        const auto end = tag_end == std::string_view::npos ? tag_end : sql_.find(tag, tag_end + 1);
        if (end == std::string_view::npos) {
            add(kind::symbol, "$", at_ + 1);
        } else {
            add(kind::literal, std::string(sql_.substr(tag_end + 1, end - tag_end - 1)), end + tag.size());
        }
    }

    void add_next() {
        const char c = sql_[at_];
        if (c == '\'' || c == '"') {
            add_quoted(c);
        } else if (c == '$') {
            add_dollar();
        } else if (is_letter(c)) {
            const auto end = end_of([](char d) { return is_letter(d) || is_digit(d) || d == '$'; });
            std::string text(sql_.substr(at_, end - at_));
            std::transform(text.begin(), text.end(), text.begin(),
                           [](char d) { return d >= 'A' && d <= 'Z' ? static_cast<char>(d + 32) : d; });
            add(kind::word, std::move(text), end);
        } else if (is_digit(c)) {
            const auto end = end_of([](char d) { return is_digit(d) || d == '.'; });
            add(kind::number, std::string(sql_.substr(at_, end - at_)), end);
        } else if (is_operator(c)) {
            const auto end = end_of(is_operator);
            add(kind::symbol, std::string(sql_.substr(at_, end - at_)), end);
        } else {
            const std::size_t end = at_ + (starts_with("::") ? 2 : 1);
            add(kind::symbol, std::string(sql_.substr(at_, end - at_)), end);
        }
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    std::vector<word> words_;
};

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> all) {
    return std::find(all.begin(), all.end(), text) != all.end();
}

bool is_comparison(const word& w) {
    if (w.is == kind::symbol)
        return is_operator(w.text[0]) && w.text.find_first_of("<>=~@&") != std::string::npos;
    return w.is == kind::word && is_one_of(w.text, {"like", "ilike", "in", "between", "similar"});
}

bool is_column(const word& w) {
    if (w.is == kind::name) return true;
    return w.is == kind::word &&
           !is_one_of(w.text, {"and", "or", "not", "null", "true", "false", "select", "where", "then", "when",
                               "case", "else", "end", "array", "any", "all"});
}

// Finds the column that stands on one side of a parameter, over parentheses, casts and any().
class side {
 public:
    side(const std::vector<word>& words, std::size_t number) : words_(words), number_(number) {}

    std::optional<comparison> before(std::size_t at) {
        while (at > 0 && skips_before(words_[at - 1])) --at;
        if (at == 0) return std::nullopt;
        at = first_of_between(at - 1);
        if (words_[at].text == "from") return not_distinct(at);
        if (!is_comparison(words_[at]) || at == 0) return std::nullopt;
        const bool is_plain_in = is_one_of(words_[at].text, {"=", "in"});
        is_element_ = is_element_ && words_[at].text == "@>";
        return made(is_plain_in, column_before(at));
    }

    std::optional<comparison> after(std::size_t at) {
        at = end_of_casts(at + 1);
        while (at < words_.size() && words_[at].text == ")") ++at;
        if (at >= words_.size() || !is_comparison(words_[at])) return std::nullopt;
        const std::size_t op = at++;
        while (at < words_.size() && is_one_of(words_[at].text, {"(", "any", "all", "some"})) {
            is_element_ = is_element_ || words_[at].text == "any";
            ++at;
        }
        return made(words_[op].text == "=", column_after(at));
    }

 private:
    bool skips_before(const word& w) {
        if (w.text == "[") is_element_ = true;
        return is_one_of(w.text, {"(", "[", "any", "array", "lower", "upper", "trim"}) &&
               w.is != kind::literal;
    }

    // Returns the position of `between` for the second bound of `x between $1 and $2`.
    std::size_t first_of_between(std::size_t at) const {
        constexpr std::size_t words_max = 8;
        if (words_[at].text != "and" || words_[at].is != kind::word) return at;
        for (std::size_t back = 1; back <= words_max && back <= at; ++back) {
            if (words_[at - back].text == "between") return at - back;
        }
        return at;
    }

    std::optional<comparison> not_distinct(std::size_t from) const {
        if (from < 4 || words_[from - 1].text != "distinct" || words_[from - 2].text != "not")
            return std::nullopt;
        const word& column = words_[from - 4];
        if (!is_column(column)) return std::nullopt;
        return comparison{number_, column.text, true, false};
    }

    std::optional<std::string> column_before(std::size_t at) const {
        if (words_[at].is == kind::word && at > 1 && words_[at - 1].text == "not") --at;
        while (at > 0 && words_[at - 1].text == ")") --at;
        if (at == 0 || !is_column(words_[at - 1])) return std::nullopt;
        if (at >= 2 && words_[at - 2].text == "::")
            return at >= 3 ? std::optional(words_[at - 3].text) : std::nullopt;
        return words_[at - 1].text;
    }

    // Returns the last part of a name such as p.category_id, or of the first argument of a function.
    std::optional<std::string> column_after(std::size_t at) const {
        for (; at < words_.size() && is_column(words_[at]); at += 2) {
            const bool goes_on = at + 2 < words_.size() && is_one_of(words_[at + 1].text, {".", "("});
            if (!goes_on) return words_[at].text;
        }
        return std::nullopt;
    }

    std::size_t end_of_casts(std::size_t at) const {
        while (at + 1 < words_.size() && words_[at].text == "::") {
            at += 2;
            while (at < words_.size() && is_one_of(words_[at].text, {"[", "]", "precision", "varying"})) ++at;
        }
        return at;
    }

    std::optional<comparison> made(bool is_equality, const std::optional<std::string>& column) const {
        if (!column) return std::nullopt;
        return comparison{number_, *column, is_equality && !is_element_, is_element_};
    }

    const std::vector<word>& words_;
    std::size_t number_;
    bool is_element_ = false;
};

void add_once(std::vector<std::string>& to, const std::string& text) {
    if (std::find(to.begin(), to.end(), text) == to.end()) to.push_back(text);
}

}  // namespace

sql_hints hints_of(std::string_view sql) {
    constexpr std::size_t literal_bytes_max = 64;
    const auto words = cutter{sql}.cut();
    sql_hints hints;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const word& w = words[i];
        const bool is_short = w.is == kind::literal && w.text.size() <= literal_bytes_max;
        // An empty array is what Weir itself writes for no rows.
        if (is_short && w.text != "[]") add_once(hints.texts, w.text);
        if (w.is == kind::number) add_once(hints.numbers, w.text);
        if (w.is != kind::parameter) continue;
        const std::size_t number = std::stoul(w.text);
        if (auto found = side{words, number}.before(i)) hints.comparisons.push_back(*std::move(found));
        if (auto found = side{words, number}.after(i)) hints.comparisons.push_back(*std::move(found));
    }
    return hints;
}

}  // namespace weir::prove
