#include "writes.hpp"

#include "weir/schema/names.hpp"

#include "near_values.hpp"
#include "plain_value.hpp"

#include <algorithm>

namespace weir::prove {
namespace {

bool is_cut(const cell& value) {
    return value && value->size() > value_bytes_max;
}

std::string literal(const cell& value) {
    return value ? quoted_literal(*value) : "null";
}

bool is_of_hex_digits(const column& c) {
    return c.type == "uuid" || c.type == "bytea" || c.type == "macaddr" || c.type == "macaddr8";
}

class value_list {
 public:
    explicit value_list(cell own) : own_(std::move(own)) {}

    void add(const cell& value) {
        if (value == own_ || is_cut(value)) return;
        if (std::find(values_.begin(), values_.end(), value) == values_.end()) values_.push_back(value);
    }
    void add_known(const std::optional<std::string>& value) {
        if (value) add(value);
    }
    bool is_empty() const { return values_.empty(); }
    std::vector<cell> take() && { return std::move(values_); }

 private:
    cell own_;
    std::vector<cell> values_;
};

void add_from_rows(value_list& to, const std::vector<row>& rows, std::size_t column, std::size_t most) {
    for (const row& r : rows) {
        if (most == 0) return;
        if (!r.values[column]) continue;
        to.add(r.values[column]);
        --most;
    }
}

const reference* reference_of(const catalogue& in, std::size_t table, std::size_t column, std::size_t& part) {
    for (const reference& r : in.references) {
        const auto at = std::find(r.from_columns.begin(), r.from_columns.end(), column);
        if (r.from != table || r.is_implied || at == r.from_columns.end()) continue;
        part = static_cast<std::size_t>(at - r.from_columns.begin());
        return &r;
    }
    return nullptr;
}

// Values that the filters speak of: literals of the SQL, and what is asked for.
void add_from_filters(value_list& to, const value_pool& from, const row& r, std::size_t column) {
    constexpr std::size_t most = 4;
    const char category = from.in.tables[r.table].columns[column].category;
    for (const subject& s : from.subjects) {
        if (std::find(s.tables.begin(), s.tables.end(), r.table) == s.tables.end()) continue;
        for (std::size_t p = 0; p < s.sources.size(); ++p) {
            for (const source& one : s.sources[p]) {
                if (!one.is_sure || one.table != r.table || one.column != column) continue;
                for (std::size_t i = 0; i < std::min(most, s.focus.size()); ++i) {
                    const auto& value = s.focus[i].values[p];
                    to.add(one.is_element ? "{" + value + "}" : value);
                }
            }
        }
        const auto& literals = category == 'N' ? s.hints.numbers : s.hints.texts;
        if (category != 'N' && category != 'S') continue;
        for (std::size_t i = 0; i < std::min(most, literals.size()); ++i) to.add(literals[i]);
    }
}

// Arrays of one element. Which type that has is not known here; the database refuses the others.
void add_arrays(value_list& to, const column& c) {
    for (const auto& label : c.labels) to.add("{\"" + label + "\"}");
    if (!c.labels.empty()) return;
    for (const char* one : {"1", "a", "2026-01-05", "00000000-0000-4000-8000-000000000001", "10.0.0.1"})
        to.add(std::string{"{"} + one + "}");
}

void add_variants(value_list& to, const column& c, const std::string& own) {
    switch (c.category) {
        case 'B':
            to.add(own == "t" || own == "true" ? "false" : "true");
            return;
        case 'N':
            for (const int by : {1, -1}) to.add_known(plus(own, by));
            return;
        case 'D':
            for (const int days : {1, -1}) to.add_known(moved_date(own, days));
            return;
        case 'A':
            to.add("{}");
            add_arrays(to, c);
            return;
        case 'R':
            for (const char* some : {"[1,2)", "[2026-01-01,2026-01-02)"}) to.add(some);
            to.add(with_other_end(own));
            return;
        case 'V':
            to.add(with_other_bits(own));
            return;
        case 'S':
            to.add(with_other_end(own));
            to.add(upper(own));
            to.add(own + "x");
            return;
        default:
            if (c.type == "json" || c.type == "jsonb") {
                for (const char* some : {"{}", "{\"weir\": 1}", "[]", "[1]"}) to.add(some);
            }
            to.add(with_other_end(own, 0, is_of_hex_digits(c)));
    }
}

std::string set_text(const column& c, const cell& value) {
    return c.quoted + " = " + literal(value);
}

// Returns whether other values can be told from this one. A plain value might be the same, in another
// spelling.
bool has_neighbours(const column& c, const cell& own) {
    if (!own) return false;
    if (c.category == 'N') return plus(*own, 1) || plus(*own, -1);
    if (c.category == 'D') return moved_date(*own, 1).has_value();
    return c.category == 'B' || c.category == 'S';
}

// Returns a text that no row has yet, and that is not longer than its type allows.
std::string fresh_text(const column& c, const std::string& own, std::uint64_t number) {
    const std::string end = own.empty() ? std::to_string(number) : std::to_string(number % 100);
    const bool has_room = c.length_max == 0 || own.size() + end.size() <= c.length_max;
    if (own.empty()) return has_room ? end : end.substr(0, c.length_max);
    return with_other_end(own, number) + (has_room ? end : "");
}

// Returns a value that no row has yet, as far as it can be told from the value of one.
cell fresh_value(const column& c, const cell& own, std::uint64_t number) {
    if (!own) return own;
    std::optional<std::string> made;
    if (c.category == 'N') made = plus(*own, static_cast<std::int64_t>(number));
    if (c.category == 'D') made = moved_date(*own, static_cast<int>(number % 20'000));
    if (c.category == 'V') made = with_other_bits(*own, number);
    if (c.category == 'B') made = *own == "t" || *own == "true" ? "false" : "true";
    if (c.category == 'S') made = fresh_text(c, *own, number);
    if (c.category == 'E' && !c.labels.empty()) {
        const auto at = std::find(c.labels.begin(), c.labels.end(), *own) - c.labels.begin();
        made = c.labels[(static_cast<std::uint64_t>(at) + 1 + number) % c.labels.size()];
    }
    if (c.type == "uuid") {
        std::string digits = std::to_string(number);
        if (digits.size() > own->size() || digits.size() > 11) digits = "1";
        made = own->substr(0, own->size() - digits.size()) + digits;
    }
    return made ? made : with_other_end(*own, number, is_of_hex_digits(c));
}

// Returns the column of the keys that alone is varied at an attempt. Returns nullopt for the first attempt,
// which varies all of them.
std::optional<std::size_t> varied_column(const catalogue& in, std::size_t table, std::size_t attempt) {
    std::vector<std::size_t> free;
    const auto& columns = in.tables[table].columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        std::size_t part = 0;
        if (columns[i].is_in_key && reference_of(in, table, i, part) == nullptr) free.push_back(i);
    }
    if (attempt % parents_from == 0 || free.empty()) return std::nullopt;
    return free[(attempt % parents_from - 1) % free.size()];
}

}  // namespace

std::vector<cell> other_values(const value_pool& from, const row& r, std::size_t column) {
    constexpr std::size_t from_rows = 3;
    constexpr std::uint64_t key_distance = 7919;  // from the keys that are there
    const prove::column& c = from.in.tables[r.table].columns[column];
    value_list values(r.values[column]);
    std::size_t part = 0;
    const reference* refers = reference_of(from.in, r.table, column, part);
    if (refers != nullptr) {
        add_from_rows(values, from.samples[refers->to], refers->to_columns[part], from_rows);
    } else {
        add_from_filters(values, from, r, column);
        add_from_rows(values, from.samples[r.table], column, from_rows);
        for (const auto& label : c.labels) values.add(label);
        if (r.values[column] && !is_cut(r.values[column])) add_variants(values, c, *r.values[column]);
        if (c.is_in_key) values.add(fresh_value(c, r.values[column], key_distance));
        if (values.is_empty() && r.values[column] && !is_cut(r.values[column]))
            values.add(with_other_end(*r.values[column], 0, is_of_hex_digits(c)));
        if (!has_neighbours(c, r.values[column])) values.add_known(plain_value(c));
    }
    if (c.is_nullable) values.add(std::nullopt);
    return std::move(values).take();
}

trial_write update_of(const catalogue& in, const row& r, std::size_t column, const cell& value) {
    const table& t = in.tables[r.table];
    trial_write w{.kind = write_kind::update,
                  .table = r.table,
                  .column = column,
                  .preparation = {},
                  .statement = {},
                  .before = r,
                  .after = r};
    w.after.values[column] = value;
    w.statement = "update " + t.name + " set " + set_text(t.columns[column], value) + " where " + r.where;
    return w;
}

std::optional<trial_write> take_over(const catalogue& in, const row& r, const row& other,
                                     const std::vector<std::size_t>& columns) {
    const table& t = in.tables[r.table];
    trial_write w{.kind = write_kind::take_over,
                  .table = r.table,
                  .column = 0,
                  .preparation = {},
                  .statement = {},
                  .before = r,
                  .after = r};
    std::string set;
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
        const column& c = t.columns[i];
        const cell& value = other.values[i];
        const bool is_meant =
            columns.empty() || std::find(columns.begin(), columns.end(), i) != columns.end();
        const bool is_settable = !c.is_generated && !c.is_always_identity && !c.is_in_key;
        if (!is_meant || !is_settable || is_cut(value) || value == r.values[i]) continue;
        set += (set.empty() ? "" : ", ") + set_text(c, value);
        w.after.values[i] = value;
    }
    if (set.empty()) return std::nullopt;
    w.statement = "update " + t.name + " set " + set + " where " + r.where;
    return w;
}

copied_row copy_of(const value_pool& from, const row& r, std::uint64_t number, std::size_t attempt) {
    const table& t = from.in.tables[r.table];
    copied_row copy{.statement = {}, .made = r};
    std::string names;
    std::string values;
    const auto varied = varied_column(from.in, r.table, attempt);
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
        const column& c = t.columns[i];
        if (c.is_generated) continue;
        names += (names.empty() ? "" : ", ") + c.quoted;
        std::size_t part = 0;
        const reference* refers = c.is_in_key ? reference_of(from.in, r.table, i, part) : nullptr;
        if (refers != nullptr && !from.samples[refers->to].empty() && attempt >= parents_from &&
            refers->to != r.table) {
            const auto parent = copy_of(from, from.samples[refers->to].front(), number);
            copy.parents.push_back(parent.statement);
            copy.made.values[i] = parent.made.values[refers->to_columns[part]];
        } else if (refers != nullptr && !from.samples[refers->to].empty()) {
            const auto& rows = from.samples[refers->to];
            copy.made.values[i] = rows[number % rows.size()].values[refers->to_columns[part]];
            number /= 2;
        } else if (c.is_in_key && varied.value_or(i) == i) {
            copy.made.values[i] = fresh_value(c, r.values[i], number);
        }
        values += (values.empty() ? "" : ", ") + (c.is_in_key ? literal(copy.made.values[i]) : c.quoted);
    }
    copy.statement = "insert into " + t.name + " (" + names + ") overriding system value select " + values +
                     " from " + t.name + " where " + r.where;
    copy.made.where.clear();
    for (const std::size_t i : t.key) {
        copy.made.where += (copy.made.where.empty() ? "" : " and ") + t.columns[i].quoted + " = " +
                           literal(copy.made.values[i]);
    }
    return copy;
}

trial_write insert_of(const copied_row& copy, const row& original) {
    return {.kind = write_kind::insert,
            .table = original.table,
            .column = 0,
            .preparation = {},
            .statement = copy.statement,
            .before = original,
            .after = copy.made};
}

trial_write removal_of(const catalogue& in, const row& r) {
    return {.kind = write_kind::remove,
            .table = r.table,
            .column = 0,
            .preparation = {},
            .statement = "delete from " + in.tables[r.table].name + " where " + r.where,
            .before = r,
            .after = r};
}

std::string name_of(const catalogue& in, const trial_write& w) {
    const table& t = in.tables[w.table];
    switch (w.kind) {
        case write_kind::update:
            return "update of " + t.name + '.' + t.columns[w.column].name;
        case write_kind::take_over:
            return "update of several columns of " + t.name;
        case write_kind::insert:
            return "insert into " + t.name;
        case write_kind::remove:
            return "delete from " + t.name;
    }
    return t.name;
}

}  // namespace weir::prove
