#include "weir/policy/definition.hpp"

#include "weir/base/hash.hpp"
#include "weir/policy/invalidation.hpp"

#include <string>
#include <string_view>

namespace weir {
namespace {

// Texts behind their lengths, so that no two lists of texts are written alike.
class description {
 public:
    void add(std::string_view text) {
        written_ += std::to_string(text.size());
        written_ += ':';
        written_ += text;
    }
    void add(std::size_t number) { add(std::to_string(number)); }

    std::uint64_t hash() const { return hash64(written_); }

 private:
    std::string written_;
};

void add_load(const sql_load& from, description& to) {
    to.add("sql");
    to.add(from.rows == row_shape::one ? "one" : "many");
    to.add(from.select.sql);
    for (const std::size_t index : from.select.values) to.add(index);
}

// A column's rule decides which key its value touches.
void add_names(const change& c, const std::vector<key_template>& names, description& to) {
    to.add(names.size());
    for (const key_template& name : names) {
        to.add(name.text());
        for (const auto& segment : name.segments()) {
            const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
            if (placeholder == nullptr) continue;
            const value_rule& rule = c.columns[placeholder->index].rule;
            to.add(static_cast<std::size_t>(rule.type));
            to.add(rule.folded ? "folded" : "as it is");
        }
    }
}

}  // namespace

std::uint64_t definition_of(const policy& p, const resource& r) {
    description out;
    std::visit([&](const auto& from) { add_load(from, out); }, r.from);
    out.add(r.cached->key.text());
    for (const parameter& one : r.parameters) out.add(one.name);
    for (const change& c : p.changes) {
        if (!reaches(c, r)) continue;
        out.add(c.table);
        add_names(c, c.keys, out);
        add_names(c, c.tags, out);
    }
    return out.hash();
}

}  // namespace weir
