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

void add_statement(const statement& select, description& to) {
    to.add(select.sql);
    for (const std::size_t index : select.values) to.add(index);
}

void add_load(const sql_load& from, description& to) {
    to.add("sql");
    to.add(from.rows == row_shape::one ? "one" : "many");
    add_statement(from.select, to);
}

// Adds a name with its columns' rules, which decide what key a value touches.
void add_name(const row_names& all, const key_template& name, description& to) {
    to.add(name.text());
    for (const auto& segment : name.segments()) {
        const auto* placeholder = std::get_if<key_template::placeholder>(&segment);
        if (placeholder == nullptr) continue;
        const row_names::column& column = all.columns[placeholder->index];
        to.add(static_cast<std::size_t>(column.rule.type));
        to.add(column.rule.folded ? "folded" : "as it is");
        to.add(column.each_element ? "each" : "whole");
    }
}

// Adds those names that may be the resource's.
void add_names(const row_names& all, const resource& r, description& to) {
    for (const key_template& key : all.keys) {
        if (key.overlaps(r.cached->key)) add_name(all, key, to);
    }
    for (const key_template& tag : all.tags) {
        for (const key_template& own : r.cached->tags) {
            if (tag.overlaps(own)) add_name(all, tag, to);
        }
    }
}

}  // namespace

std::uint64_t definition_of(const policy& p, const resource& r) {
    description out;
    std::visit([&](const auto& from) { add_load(from, out); }, r.from);
    out.add(r.cached->key.text());
    for (const parameter& one : r.parameters) out.add(one.name);
    for (const way& one : ways_to(p, r)) {
        out.add(one.from->table);
        out.add(one.through != nullptr ? "through" : "directly");
        if (one.through != nullptr) add_statement(one.through->select, out);
        add_names(one.through != nullptr ? static_cast<const row_names&>(*one.through) : *one.from, r, out);
    }
    return out.hash();
}

}  // namespace weir
