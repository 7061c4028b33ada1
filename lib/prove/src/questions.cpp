#include "questions.hpp"

#include "weir/policy/cursor.hpp"
#include "weir/policy/invalidation.hpp"

#include "plain_value.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace weir::prove {
namespace {

// Returns whether a value of the column may be one of the parameter, by their types alone. The rule has the
// last word.
bool fits(const value_rule& rule, const column& c) {
    switch (rule.type) {
        case value_type::integer:
        case value_type::decimal:
            return c.category == 'N';
        case value_type::boolean:
            return c.category == 'B';
        case value_type::uuid:
            return c.type == "uuid";
        case value_type::date:
        case value_type::timestamp:
            return c.category == 'D';
        case value_type::json:
            return false;
        case value_type::text:
            return c.category == 'S' || c.category == 'E' || c.type == "uuid";
    }
    return false;
}

void add_source(std::vector<source>& to, const source& s) {
    const auto is_same = [&](const source& other) {
        return other.table == s.table && other.column == s.column;
    };
    if (std::none_of(to.begin(), to.end(), is_same)) to.push_back(s);
}

// Pairs the placeholders of the resource's template with those of a change's.
void add_declared(subject& to, const catalogue& in, const key_template& of_resource, const change& c,
                  const key_template& of_change, std::size_t table) {
    if (!of_resource.covers(of_change)) return;
    for (std::size_t i = 0; i < of_resource.segments().size(); ++i) {
        const auto* parameter = std::get_if<key_template::placeholder>(&of_resource.segments()[i]);
        const auto* named = std::get_if<key_template::placeholder>(&of_change.segments()[i]);
        if (parameter == nullptr || named == nullptr) continue;
        const auto at = in.tables[table].find(c.columns[named->index].name);
        if (!at) continue;
        add_source(to.sources[parameter->index],
                   {table, *at, true, in.tables[table].columns[*at].category == 'A', true});
    }
}

void add_compared(subject& to, const catalogue& in, const statement& select) {
    for (const comparison& c : to.hints.comparisons) {
        if (c.number == 0 || c.number > select.values.size()) continue;
        for (const std::size_t t : to.tables) {
            const auto at = in.tables[t].find(c.column);
            if (!at) continue;
            const bool is_array = in.tables[t].columns[*at].category == 'A';
            add_source(to.sources[select.values[c.number - 1]],
                       {t, *at, c.is_equality, c.is_element || is_array, true});
        }
    }
}

void add_fitting(subject& to, const catalogue& in, std::size_t parameter) {
    for (const std::size_t t : to.tables) {
        const auto& columns = in.tables[t].columns;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool is_array = columns[i].category == 'A';
            if (is_array || fits(to.what->parameters[parameter].rule, columns[i])) {
                add_source(to.sources[parameter], {t, i, false, is_array, false});
            }
        }
    }
}

const cell& cell_of(const row& r, const source& s) {
    return r.values[s.column];
}

}  // namespace

std::vector<std::string> texts_of(const row& r, const source& s) {
    const cell& value = cell_of(r, s);
    if (!value || value->size() > value_bytes_max) return {};
    return s.is_element ? elements_of(*value) : std::vector<std::string>{*value};
}

std::vector<std::string> elements_of(const std::string& array) {
    std::vector<std::string> made;
    if (array.size() < 2 || array.front() != '{') return made;
    std::string one;
    bool is_quoted = false;
    for (std::size_t i = 1; i < array.size(); ++i) {
        const char c = array[i];
        if (c == '\\' && is_quoted && i + 1 < array.size()) {
            one += array[++i];
        } else if (c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && (c == ',' || c == '}')) {
            if (!one.empty()) made.push_back(std::exchange(one, {}));
        } else {
            one += c;
        }
    }
    return made;
}

subject subject_of(const policy& p, const catalogue& in, std::size_t reading) {
    const auto& from = in.readings[reading];
    const statement& select = std::get<sql_load>(from.what->from).select;
    subject made{.what = from.what,
                 .reading = reading,
                 .tables = from.tables,
                 .hints = hints_of(select.sql),
                 .sources = {},
                 .focus = {},
                 .cost = {}};
    made.sources.resize(from.what->parameters.size());
    add_compared(made, in, select);  // first: what the SQL says counts more than what the file says
    for (std::size_t i = 0; i < p.changes.size(); ++i) {
        const auto table = in.changes[i];
        if (!table || std::find(made.tables.begin(), made.tables.end(), *table) == made.tables.end())
            continue;
        for (const auto& key : p.changes[i].keys) {
            add_declared(made, in, from.what->cached->key, p.changes[i], key, *table);
        }
        for (const auto& tag : p.changes[i].tags) {
            for (const auto& own : from.what->cached->tags)
                add_declared(made, in, own, p.changes[i], tag, *table);
        }
    }
    for (std::size_t i = 0; i < made.sources.size(); ++i) {
        const bool has_own =
            from.what->parameters[i].default_value || !from.what->parameters[i].rule.one_of.empty();
        if (made.sources[i].empty() && !has_own) add_fitting(made, in, i);
    }
    return made;
}

void widen(subject& s, const catalogue& in) {
    for (std::size_t i = 0; i < s.sources.size(); ++i) add_fitting(s, in, i);
}

std::optional<question> question_of(const policy& p, const subject& s, std::vector<std::string> values) {
    constexpr std::size_t date_bytes = 10;  // of a timestamp's text
    for (std::size_t i = 0; i < values.size(); ++i) {
        const parameter& declared = s.what->parameters[i];
        if (declared.default_value == values[i]) continue;
        std::string normal;
        if (declared.rule.type == value_type::date) values[i].resize(std::min(values[i].size(), date_bytes));
        const auto refused = normalise(declared.rule, values[i], normal);
        if (refused) return std::nullopt;
        values[i] = std::move(normal);
    }
    question q{.reading = s.reading, .values = std::move(values), .key = {}, .tags = {}, .body = {}};
    q.key = s.what->cached->key.render(p.key_head(), q.values);
    q.tags = tags_of(p.key_head(), *s.what, q.values);
    return q;
}

std::vector<std::string> own_values(const subject& s, std::size_t parameter) {
    constexpr std::size_t literals_max = 6;
    const weir::parameter& declared = s.what->parameters[parameter];
    std::vector<std::string> made = declared.rule.one_of;
    if (declared.default_value) made.insert(made.begin(), *declared.default_value);
    if (declared.rule.type == value_type::boolean) made.insert(made.end(), {"true", "false"});
    const bool is_number =
        declared.rule.type == value_type::integer || declared.rule.type == value_type::decimal;
    if (is_number) {
        const value_rule any;
        if (declared.rule.min != any.min) made.push_back(std::to_string(declared.rule.min));
        if (declared.rule.min != any.min) made.push_back(std::to_string(declared.rule.min + 1));
        if (declared.rule.max != any.max) made.push_back(std::to_string(declared.rule.max));
    }
    const auto& literals = is_number ? s.hints.numbers : s.hints.texts;
    if (declared.rule.type == value_type::text || is_number) {
        made.insert(made.end(), literals.begin(),
                    literals.begin() + static_cast<std::ptrdiff_t>(std::min(literals.size(), literals_max)));
    }
    return made;
}

std::vector<std::vector<std::string>> values_from(const subject& s, const row& r,
                                                  const std::vector<std::string>& base) {
    constexpr std::size_t elements_max = 3;
    std::vector<std::vector<std::string>> made{base};
    bool has_any = false;
    for (std::size_t i = 0; i < s.sources.size(); ++i) {
        std::vector<std::vector<std::string>> next;
        for (const source& from : s.sources[i]) {
            if (from.table != r.table) continue;
            auto texts = texts_of(r, from);
            if (texts.size() > elements_max) texts.resize(elements_max);
            for (const auto& text : texts) {
                for (auto values : made) {
                    values[i] = text;
                    next.push_back(std::move(values));
                }
            }
        }
        if (next.empty()) continue;
        has_any = true;
        made = std::move(next);
    }
    if (!has_any) made.clear();
    return made;
}

namespace {

// Returns a value that some row has, or may have, for the parameter.
std::optional<std::string> any_value(const std::vector<source>& sources, const catalogue& in,
                                     const std::vector<std::vector<row>>& samples) {
    const auto text_in = [&](const source& from) -> std::optional<std::string> {
        for (const row& r : samples[from.table]) {
            const auto texts = texts_of(r, from);
            if (!texts.empty()) return texts.front();
        }
        return std::nullopt;
    };
    for (const source& from : sources) {
        if (auto text = text_in(from)) return text;
    }
    for (const source& from : sources) {
        for (const reference& r : in.references) {
            const auto part = std::find(r.from_columns.begin(), r.from_columns.end(), from.column);
            if (r.from != from.table || part == r.from_columns.end()) continue;
            const std::size_t there = r.to_columns[static_cast<std::size_t>(part - r.from_columns.begin())];
            if (auto text = text_in({.table = r.to, .column = there})) return text;
        }
    }
    for (const source& from : sources) {
        auto text = plain_value(in.tables[from.table].columns[from.column]);
        if (text && !from.is_element) return text;
    }
    return std::nullopt;
}

std::optional<std::vector<std::string>> base_values(const subject& s, const catalogue& in,
                                                    const std::vector<std::vector<row>>& samples,
                                                    const std::vector<std::vector<std::string>>& own) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < s.sources.size(); ++i) {
        auto value = any_value(s.sources[i], in, samples);
        if (!own[i].empty()) value = own[i].front();
        if (!value) return std::nullopt;
        made.push_back(*std::move(value));
    }
    return made;
}

}  // namespace

std::vector<std::vector<std::string>> combinations(const subject& s, const catalogue& in,
                                                   const std::vector<std::vector<row>>& samples) {
    constexpr std::size_t tries = 48;
    constexpr std::size_t most = 64;
    std::vector<std::vector<std::string>> made;
    const std::size_t parameters = s.sources.size();
    std::vector<std::vector<std::string>> own(parameters);
    for (std::size_t i = 0; i < parameters; ++i) own[i] = own_values(s, i);
    for (std::size_t t = 0; t < tries; ++t) {
        std::vector<std::string> values(parameters);
        bool is_whole = true;
        for (std::size_t i = 0; i < parameters && is_whole; ++i) {
            const auto& sources = s.sources[i];
            // One row for all parameters of a table, and own values in between.
            const bool is_own = !own[i].empty() && (sources.empty() || (t + i) % 3 == 2);
            std::vector<std::string> texts = own[i];
            if (!is_own && !sources.empty()) {
                const source& from = sources[t % sources.size()];
                const auto& rows = samples[from.table];
                texts = rows.empty() ? own[i] : texts_of(rows[(t / sources.size()) % rows.size()], from);
            }
            is_whole = !texts.empty();
            if (is_whole) values[i] = texts[(t / 3) % texts.size()];
        }
        if (is_whole && std::find(made.begin(), made.end(), values) == made.end())
            made.push_back(std::move(values));
        if (parameters == 0) break;
    }
    const auto base = base_values(s, in, samples, own);
    if (!base) return made;
    if (made.empty()) made.push_back(*base);
    for (const std::size_t t : s.tables) {
        for (const row& r : samples[t]) {
            for (auto& values : values_from(s, r, *base)) {
                const bool is_known = std::find(made.begin(), made.end(), values) != made.end();
                if (!is_known && made.size() < most) made.push_back(std::move(values));
            }
        }
    }
    return made;
}

void add_once(std::vector<question>& to, std::optional<question> q, std::size_t most) {
    if (!q || to.size() >= most) return;
    const auto is_same = [&](const question& other) {
        return other.reading == q->reading && other.values == q->values;
    };
    if (std::none_of(to.begin(), to.end(), is_same)) to.push_back(*std::move(q));
}

std::string request_line(const resource& r, const std::vector<std::string>& values) {
    std::string path;
    std::string query;
    const auto value_of = [&](const std::string& name) {
        for (std::size_t i = 0; i < r.parameters.size(); ++i) {
            if (r.parameters[i].name != name) continue;
            return encode_uri_component(r.parameters[i].is_cursor ? encode_cursor(values[i]) : values[i]);
        }
        return std::string{};
    };
    for (const auto& segment : r.path.segments) {
        path += '/';
        path += segment.is_parameter ? value_of(segment.text) : segment.text;
    }
    for (std::size_t i = 0; i < r.parameters.size(); ++i) {
        const parameter& p = r.parameters[i];
        if (p.source != parameter_source::query) continue;
        const bool is_needed = std::find(r.when.begin(), r.when.end(), p.name) != r.when.end();
        if (p.default_value == values[i] && !is_needed) continue;
        query += (query.empty() ? "?" : "&") + p.name + "=" + value_of(p.name);
    }
    return "GET " + path + query;
}

}  // namespace weir::prove
