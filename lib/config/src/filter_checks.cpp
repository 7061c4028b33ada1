// Refuses a key whose column is not what the resource's SQL compares its parameter with: then a changed row
// touches other keys than the one that its column names.
#include "weir/base/placeholder.hpp"

#include "drafts.hpp"
#include "parameter_uses.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::config {
namespace {

using placeholder = key_template::placeholder;

const placeholder* placeholder_at(const key_template& t, std::size_t i) {
    return std::get_if<placeholder>(&t.segments()[i]);
}

// Returns the template's text with another segment.
std::string with_segment(const key_template& t, std::size_t at, const std::string& segment) {
    std::string out;
    for (std::size_t i = 0; i < t.segments().size(); ++i) {
        const auto* named = placeholder_at(t, i);
        std::string text =
            named != nullptr ? placeholder_text(named->name) : std::get<std::string>(t.segments()[i]);
        if (i == at) text = segment;
        out += (i > 0 ? ":" : "") + text;
    }
    return out;
}

// One place of a change's key, and the parameter that it stands for.
struct place {
    const change_draft& of;
    const resource& owner;
    const key_template& key;  // the change's
    std::size_t segment;
    const parameter& what;
};

bool has_key(const std::vector<key_template>& keys, const std::string& text) {
    return std::any_of(keys.begin(), keys.end(), [&](const key_template& key) { return key.text() == text; });
}

// Returns whether the change names the key, by its own columns or by a query.
bool has_key(const change& c, const std::string& text) {
    return has_key(c.keys, text) || std::any_of(c.through.begin(), c.through.end(),
                                                [&](const auto& query) { return has_key(query.keys, text); });
}

// Returns whether the change names a tag that every entry of the resource has.
bool forgets_all(const change& c, const resource& r) {
    return std::any_of(r.cached->tags.begin(), r.cached->tags.end(), [&](const key_template& tag) {
        return tag.names().empty() && std::find(c.tags.begin(), c.tags.end(), tag) != c.tags.end();
    });
}

class filter_checks {
 public:
    explicit filter_checks(problems& out) : out_(out) {}

    void check(const place& at, const parameter_uses& uses) {
        for (const std::string& value : uses.values) check_value(at, value);
        const bool is_open = (uses.is_above || uses.is_below) && !is_range(uses);
        if (is_open || uses.is_unlike) complain_inequality(at);
        const bool is_each = placeholder_at(at.key, at.segment)->name.ends_with(each_element);
        if (uses.is_element && !is_each) complain_element(at);
    }

 private:
    std::string beginning(const place& at) const {
        return fmt::format("{}.keys \"{}\": resource.{}'s SQL", at.of.from.title(), at.key.text(),
                           at.owner.name);
    }

    // Checks that a constant which the SQL treats in its own way has a key: other rows are in its entry.
    void check_value(const place& at, const std::string& value) {
        const auto normal = normalise(at.what.rule, value);
        const auto* text = std::get_if<std::string>(&normal);
        if (text == nullptr) return;  // no request can ask for it
        const std::string wanted = with_segment(at.key, at.segment, key_part(*text));
        if (has_key(at.of.value, wanted)) return;
        out_.add(at.of.from.at("keys"),
                 fmt::format("{} compares {{{}}} with '{}': the entry of that value shows rows with other "
                             "values, and none of them touches it",
                             beginning(at), at.what.name, value),
                 fmt::format("add \"{}\" to the keys", wanted));
    }

    void complain_inequality(const place& at) {
        out_.add(
            at.of.from.at("keys"),
            fmt::format("{} compares {{{}}} by more than equality: a row is in entries of other values too",
                        beginning(at), at.what.name),
            fmt::format(
                "give resource.{0} a tag, such as tags = [\"{1}s\"], and name it in the change's tags",
                at.owner.name, std::get<std::string>(at.key.segments().front()) + ":" + at.owner.name));
    }

    void complain_element(const place& at) {
        const std::string column = placeholder_at(at.key, at.segment)->name;
        out_.add(
            at.of.from.at("keys"),
            fmt::format("{} looks for {{{}}} among the elements of an array, and the key has all of them in "
                        "one text",
                        beginning(at), at.what.name),
            fmt::format("write \"{}\": a key for each element",
                        with_segment(at.key, at.segment, placeholder_text(column + "[]"))));
    }

    problems& out_;
};

const statement& select_of(const resource& r) {
    return std::get<sql_load>(r.from).select;
}

// Returns n of the parameter's $n, or 0 if the SQL does not use it.
std::size_t number_of(const resource& r, std::size_t parameter) {
    const auto& values = select_of(r).values;
    const auto found = std::find(values.begin(), values.end(), parameter);
    return found == values.end() ? 0 : static_cast<std::size_t>(found - values.begin()) + 1;
}

void check_key(const change_draft& of, const resource& r, const key_template& key, filter_checks& checks) {
    for (std::size_t i = 0; i < key.segments().size(); ++i) {
        const auto* parameter = placeholder_at(r.cached->key, i);
        if (placeholder_at(key, i) == nullptr || parameter == nullptr) continue;
        const std::size_t number = number_of(r, parameter->index);
        if (number == 0) continue;
        checks.check({of, r, key, i, r.parameters[parameter->index]}, uses_of(select_of(r).sql, number));
    }
}

}  // namespace

void check_filters(const drafts& all, problems& out) {
    filter_checks checks{out};
    const auto check_keys = [&](const change_draft& c, const std::vector<key_template>& keys) {
        for (const key_template& key : keys) {
            for (const resource_draft& r : all.resources) {
                const bool is_owner = r.has_key() && r.value.cached->key.covers(key);
                if (is_owner && !forgets_all(c.value, r.value)) check_key(c, r.value, key, checks);
            }
        }
    };
    for (const change_draft& c : all.changes) {
        check_keys(c, c.value.keys);
        for (const through_query& query : c.value.through) check_keys(c, query.keys);
    }
}

}  // namespace weir::config
