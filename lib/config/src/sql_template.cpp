#include "weir/config/sql_template.hpp"

#include "weir/base/ascii.hpp"
#include "weir/base/placeholder.hpp"

#include "sql_tokens.hpp"
#include "table_expressions.hpp"

#include <algorithm>

namespace weir {
namespace {

std::string joined(std::span<const std::string> names) {
    std::string out;
    for (const auto& name : names) out += (out.empty() ? "" : ", ") + placeholder_text(name);
    return out.empty() ? "none is declared" : "declared: " + out;
}

std::string quoted_identifier(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) out.append(c == '"' ? 2 : 1, c);
    return out + '"';
}

std::string name_of(value_type type) {
    switch (type) {
        case value_type::text:
            return "text";
        case value_type::integer:
            return "bigint";
        case value_type::decimal:
            return "numeric";
        case value_type::boolean:
            return "boolean";
        case value_type::uuid:
            return "uuid";
        case value_type::date:
            return "date";
        case value_type::timestamp:
            return "timestamptz";
        case value_type::json:
            return {};
    }
    return {};
}

// Turns tokens into SQL, one after the other, and collects the problems.
class positional_builder {
 public:
    positional_builder(std::span<const std::string> known, std::span<const std::string> types)
        : known_(known), types_(types) {}

    void add(const sql_token& token) {
        if (token.kind == sql_token_kind::space) {
            out_.sql += token.text;
            return;
        }
        if (token.kind == sql_token_kind::semicolon) {
            is_ended_ = true;
            return;
        }
        if (is_ended_) {
            if (!is_reported_)
                complain(token.offset, "more than one statement; a loader or a write is exactly one");
            is_reported_ = true;
            return;
        }
        has_code_ = true;
        add_code(token);
    }

    positional_sql finish(std::size_t end) {
        if (!has_code_) complain(0, "there is no statement");
        if (depth_ > 0) complain(end, "a parenthesis is not closed");
        return std::move(out_);
    }

    void complain(std::size_t offset, std::string what) {
        out_.problems.push_back({offset, std::move(what)});
    }

 private:
    void add_code(const sql_token& token) {
        if (token.kind == sql_token_kind::placeholder) {
            add_placeholder(token);
            return;
        }
        if (token.kind == sql_token_kind::positional) {
            complain(token.offset, "write a parameter by its name, {id}, not by number");
        }
        if (token.text == "}") complain(token.offset, "a closing brace without its opening one");
        if (token.text == "(") ++depth_;
        if (token.text == ")" && --depth_ < 0) {
            // Such SQL could step out of the parentheses that json_object() puts around it.
            complain(token.offset, "a closing parenthesis without its opening one");
            depth_ = 0;
        }
        out_.sql += token.text;
    }

    void add_placeholder(const sql_token& token) {
        const std::string name = placeholder_name(token.text);
        const auto declared = std::find(known_.begin(), known_.end(), name);
        if (declared == known_.end()) {
            complain(token.offset, placeholder_text(name) + " is not a parameter (" + joined(known_) + ")");
            return;
        }
        auto at = std::find(out_.names.begin(), out_.names.end(), name);
        if (at == out_.names.end()) at = out_.names.insert(at, name);
        out_.sql += "$" + std::to_string(at - out_.names.begin() + 1);
        const auto index = static_cast<std::size_t>(declared - known_.begin());
        if (index < types_.size() && !types_[index].empty()) out_.sql += "::" + types_[index];
    }

    std::span<const std::string> known_;
    std::span<const std::string> types_;
    positional_sql out_;
    int depth_ = 0;
    bool has_code_ = false;
    bool is_ended_ = false;
    bool is_reported_ = false;
};

// Returns the code tokens alone, so that the words of a clause are neighbours.
std::vector<sql_token> code_tokens(std::string_view sql) {
    auto tokens = cut_sql(sql).tokens;
    std::erase_if(tokens, [](const sql_token& t) { return t.kind == sql_token_kind::space; });
    return tokens;
}

// Returns the table of `[only] name[.name]` at tokens[at].
std::string table_at(const std::vector<sql_token>& tokens, std::size_t at) {
    if (at < tokens.size() && name_in(tokens[at]) == "only") ++at;
    if (at >= tokens.size()) return {};
    std::string table = table_name_part(name_in(tokens[at]));
    if (!table.empty() && at + 2 < tokens.size() && tokens[at + 1].text == ".") {
        table += "." + table_name_part(name_in(tokens[at + 2]));
    }
    return table;
}

// Returns whether the `from` at tokens[at] belongs to a function: extract(year from day).
bool is_argument(const std::vector<sql_token>& tokens, std::size_t at) {
    int depth = 0;
    while (at-- > 0) {
        if (tokens[at].text == ")") ++depth;
        if (tokens[at].text != "(" || --depth >= 0) continue;
        const std::string name = at > 0 ? word_at(tokens, at - 1) : std::string{};
        return is_any_of(name, {"extract", "substring", "trim", "overlay", "position"});
    }
    return false;
}

// Returns the table that an item of a from clause begins with. Empty for a subquery or a function.
std::string item_table(const std::vector<sql_token>& tokens, std::size_t at) {
    while (word_at(tokens, at) == "(" || word_at(tokens, at) == "lateral") ++at;
    if (is_any_of(word_at(tokens, at), {"select", "with", "values"})) return {};
    std::string table = table_at(tokens, at);
    if (word_at(tokens, at) == "only") ++at;
    const std::size_t behind = at + (word_at(tokens, at + 1) == "." ? 3 : 1);
    return word_at(tokens, behind) == "(" ? std::string{} : table;
}

// Returns where the next item of `from a join b using (x), shop.c` begins, or 0.
std::size_t next_in_list(const std::vector<sql_token>& tokens, std::size_t at) {
    int depth = 0;
    for (; at < tokens.size(); ++at) {
        if (tokens[at].text == "(") ++depth;
        if (tokens[at].text == ")" && --depth < 0) return 0;
        if (depth > 0) continue;
        if (tokens[at].text == ",") return at + 1;
        const bool is_end =
            is_any_of(word_at(tokens, at), {"where", "group", "having", "order", "limit", "offset", "fetch",
                                            "union", "intersect", "except", "window", "for", "returning"});
        if (is_end) return 0;
    }
    return 0;
}

// Returns how many words from tokens[at] on announce a target ("insert into", "update"), or 0.
std::size_t announcement(const std::vector<sql_token>& tokens, std::size_t at) {
    if (tokens[at].kind != sql_token_kind::word) return 0;
    const std::string verb = lower(tokens[at].text);
    const std::string next = at + 1 < tokens.size() ? lower(tokens[at + 1].text) : std::string{};
    if ((verb == "insert" || verb == "merge") && next == "into") return 2;
    if (verb == "delete" && next == "from") return 2;
    if (verb == "truncate") return next == "table" ? 2 : 1;
    if (verb != "update") return 0;
    // "on conflict do update", "for update", "for no key update" and "when matched then update" name no
    // table.
    const std::string before = at > 0 ? lower(tokens[at - 1].text) : std::string{};
    return before == "do" || before == "for" || before == "key" || before == "then" ? 0 : 1;
}

// Returns the tokens without parentheses that enclose all of them, and without a semicolon at the end.
std::vector<sql_token> without_outer_parentheses(std::vector<sql_token> tokens) {
    while (!tokens.empty() && tokens.back().kind == sql_token_kind::semicolon) tokens.pop_back();
    while (tokens.size() > 1 && tokens.front().text == "(") {
        int depth = 0;
        const auto end = std::find_if(tokens.begin(), tokens.end(), [&](const sql_token& t) {
            depth += t.text == "(" ? 1 : 0;
            depth -= t.text == ")" ? 1 : 0;
            return depth == 0;
        });
        if (end == tokens.end() || end + 1 != tokens.end()) break;
        tokens.pop_back();
        tokens.erase(tokens.begin());
    }
    return tokens;
}

}  // namespace

positional_sql to_positional(std::string_view sql, std::span<const std::string> known_names,
                             std::span<const std::string> types) {
    const sql_tokens cut = cut_sql(sql);
    positional_builder builder{known_names, types};
    for (const auto& token : cut.tokens) builder.add(token);
    if (!cut.error.empty()) builder.complain(cut.error_offset, cut.error);
    return builder.finish(sql.size());
}

std::string sql_type_of(const value_rule& rule) {
    return name_of(rule.type) + (rule.is_array ? "[]" : "");
}

std::vector<write_target> write_targets(std::string_view sql) {
    const auto tokens = code_tokens(sql);
    std::vector<write_target> out;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const std::size_t words = announcement(tokens, i);
        if (words == 0) continue;
        std::string table = table_at(tokens, i + words);
        if (!table.empty()) out.push_back({lower(tokens[i].text), std::move(table), tokens[i].offset});
    }
    return out;
}

std::vector<std::string> read_tables(std::string_view sql) {
    const auto tokens = code_tokens(sql);
    const auto own = expressions_of(tokens);
    std::vector<std::string> out;
    const auto add_item = [&](std::size_t at) {
        std::string table = item_table(tokens, at);
        const bool is_own = std::any_of(own.begin(), own.end(), [&](const table_expression& e) {
            return e.name == table && e.first <= at && at < e.end;
        });
        if (!table.empty() && !is_own) out.push_back(std::move(table));
    };
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        const std::string word = word_at(tokens, i);
        const bool is_comparison = i > 0 && word_at(tokens, i - 1) == "distinct";  // is distinct from
        if (word == "join") add_item(i + 1);
        if (word != "from" || is_comparison || is_argument(tokens, i)) continue;
        for (std::size_t at = i + 1; at != 0; at = next_in_list(tokens, at)) add_item(at);
    }
    return out;
}

std::string first_keyword(std::string_view sql) {
    for (const auto& token : code_tokens(sql)) {
        if (token.text != "(") return lower(token.text);
    }
    return {};
}

std::vector<std::pair<std::string, std::size_t>> placeholders_in(std::string_view sql) {
    std::vector<std::pair<std::string, std::size_t>> out;
    for (const auto& token : cut_sql(sql).tokens) {
        if (token.kind == sql_token_kind::placeholder)
            out.emplace_back(placeholder_name(token.text), token.offset);
    }
    return out;
}

bool has_word(std::string_view sql, std::string_view word) {
    const auto tokens = cut_sql(sql).tokens;
    return std::any_of(tokens.begin(), tokens.end(), [&](const sql_token& t) {
        return t.kind == sql_token_kind::word && lower(t.text) == word;
    });
}

bool is_ordered(std::string_view sql) {
    const auto tokens = without_outer_parentheses(code_tokens(sql));
    int depth = 0;
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        if (tokens[i].text == "(") ++depth;
        if (tokens[i].text == ")") --depth;
        if (depth == 0 && word_at(tokens, i) == "order" && word_at(tokens, i + 1) == "by") return true;
    }
    return false;
}

// The line breaks keep a comment at the end of the SQL from swallowing the closing parenthesis.

std::string json_object(std::string_view sql) {
    return "select row_to_json(weir_row)::text from (\n" + std::string{sql} + "\n) weir_row";
}

std::string json_array(std::string_view sql) {
    return "select coalesce(json_agg(weir_row), '[]'::json)::text from (\n" + std::string{sql} +
           "\n) weir_row";
}

std::string distinct_texts(std::string_view sql, const std::vector<std::string>& columns, std::size_t most) {
    std::string list;
    for (const auto& column : columns) {
        list += (list.empty() ? "" : ", ") + ("weir_row." + quoted_identifier(column));
        list += R"(::text collate "C")";
    }
    if (columns.empty()) list = "null";  // a row says enough
    return "select distinct " + list + " from (\n" + std::string{sql} + "\n) weir_row limit " +
           std::to_string(most);
}

std::string json_returning(std::string_view sql, std::span<const std::string> columns) {
    std::string out = "with weir_row as (\n" + std::string{sql} + "\n) select row_to_json(weir_row)::text";
    for (const std::string& column : columns) out += ", weir_row." + quoted_identifier(column);
    return out + " from weir_row";
}

}  // namespace weir
