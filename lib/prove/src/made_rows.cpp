#include "made_rows.hpp"

#include "weir/schema/names.hpp"

#include "plain_value.hpp"

#include <algorithm>
#include <utility>

namespace weir::prove {
namespace {

constexpr std::size_t depth_max = 6;  // of rows that refer to rows

class maker {
 public:
    maker(const catalogue& in, const std::vector<std::vector<row>>& samples,
          const std::vector<std::vector<std::string>>& statements, std::size_t way)
        : in_(in), samples_(samples), statements_(statements), way_(way) {}

    std::optional<made_row> make(std::size_t table, std::size_t depth) {
        if (depth > depth_max) return std::nullopt;
        const prove::table& t = in_.tables[table];
        made_row made{.statements = {},
                      .made = {.table = table, .values = std::vector<cell>(t.columns.size()), .where = {}}};
        if (!refer(made, depth)) return std::nullopt;
        std::string names;
        std::string values;
        for (std::size_t i = 0; i < t.columns.size(); ++i) {
            const column& c = t.columns[i];
            if (c.is_generated) continue;
            cell& value = made.made.values[i];
            // The second way leaves out what may be null: no check refuses that.
            const bool is_null = c.is_nullable && (refers(table, i) || way_ > 0);
            if (!value && !is_null) value = plain_value(c, way_);
            if (!value && !c.is_nullable) return std::nullopt;
            names += (names.empty() ? "" : ", ") + c.quoted;
            values += (values.empty() ? "" : ", ") + (value ? quoted_literal(*value) : "null");
        }
        made.statements.push_back("insert into " + t.name + " (" + names +
                                  ") overriding system value values (" + values + ")");
        for (const std::size_t i : t.key) {
            made.made.where += (made.made.where.empty() ? "" : " and ") + t.columns[i].quoted + " = " +
                               quoted_literal(made.made.values[i].value_or(""));
        }
        return made;
    }

 private:
    bool refers(std::size_t table, std::size_t column) const {
        return std::any_of(in_.references.begin(), in_.references.end(), [&](const reference& r) {
            return r.from == table && !r.is_implied &&
                   std::find(r.from_columns.begin(), r.from_columns.end(), column) != r.from_columns.end();
        });
    }

    // Fills the columns that refer to a row. A column that may be null refers to none, unless there is one.
    bool refer(made_row& to, std::size_t depth) {
        for (const reference& r : in_.references) {
            if (r.from != to.made.table || r.is_implied) continue;
            const column& first = in_.tables[r.from].columns[r.from_columns[0]];
            std::optional<row> referred;
            if (!samples_[r.to].empty()) {
                referred = samples_[r.to].front();
                add_statements(to.statements, statements_[r.to]);
            }
            if (!referred && first.is_nullable) continue;
            if (!referred) {
                auto parent = r.to == r.from ? std::nullopt : make(r.to, depth + 1);
                if (!parent) return false;
                add_statements(to.statements, parent->statements);
                referred = std::move(parent->made);
            }
            for (std::size_t i = 0; i < r.from_columns.size(); ++i) {
                to.made.values[r.from_columns[i]] = referred->values[r.to_columns[i]];
            }
        }
        return true;
    }

    const catalogue& in_;
    const std::vector<std::vector<row>>& samples_;
    const std::vector<std::vector<std::string>>& statements_;
    const std::size_t way_;
};

}  // namespace

std::optional<made_row> make_row(const catalogue& in, const std::vector<std::vector<row>>& samples,
                                 const std::vector<std::vector<std::string>>& statements, std::size_t table,
                                 std::size_t way) {
    return maker{in, samples, statements, way}.make(table, 0);
}

void add_statements(std::vector<std::string>& to, const std::vector<std::string>& more) {
    for (const auto& one : more) {
        if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
    }
}

}  // namespace weir::prove
