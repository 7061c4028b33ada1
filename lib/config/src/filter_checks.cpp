// Refuses a key or tag whose column is not what the resource's SQL compares its parameter with: then a
// changed row touches other names than the one that its column gives.
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

// One place of a name that a change gives, and the parameter that it stands for.
struct place {
    const section& of;    // the change, or its query
    const change& whole;  // with its queries
    const resource& owner;
    const key_template& name;  // the change's
    bool is_tag;
    std::size_t segment;
    const parameter& what;
};

struct complaint {
    position at;
    std::string what;
    std::string todo;
};

bool has_name(const std::vector<key_template>& names, const std::string& text) {
    return std::any_of(names.begin(), names.end(), [&](const key_template& n) { return n.text() == text; });
}

// Returns whether the change gives the name, by its own columns or by a query.
bool has_name(const change& c, bool is_tag, const std::string& text) {
    const auto gives = [&](const row_names& names) {
        return has_name(is_tag ? names.tags : names.keys, text);
    };
    return gives(c) || std::any_of(c.through.begin(), c.through.end(), gives);
}

class filter_checks {
 public:
    void check(const place& at, const parameter_uses& uses) {
        for (const std::string& value : uses.values) check_value(at, value);
        const bool is_open = (uses.is_above || uses.is_below) && !is_range(uses);
        if (is_open || uses.is_unlike) complain_inequality(at);
        const bool is_each = placeholder_at(at.name, at.segment)->name.ends_with(each_element);
        if (uses.is_element && !is_each) complain_element(at);
    }

    const std::vector<complaint>& found() const { return found_; }

 private:
    static std::string field(const place& at) { return at.is_tag ? "tags" : "keys"; }

    void add(const place& at, const std::string& what, std::string todo) {
        found_.push_back({at.of.at(field(at)),
                          fmt::format("{}.{} \"{}\": resource.{}'s SQL {}", at.of.title(), field(at),
                                      at.name.text(), at.owner.name, what),
                          std::move(todo)});
    }

    // Checks that a constant which the SQL treats in its own way has a name: other rows are in its entry.
    void check_value(const place& at, const std::string& value) {
        const auto normal = normalise(at.what.rule, value);
        const auto* text = std::get_if<std::string>(&normal);
        if (text == nullptr) return;  // no request can ask for it
        const std::string wanted = with_segment(at.name, at.segment, key_part(*text));
        if (has_name(at.whole, at.is_tag, wanted)) return;
        add(at,
            fmt::format("compares {{{}}} with '{}': the entry of that value shows rows with other values, "
                        "and none of them touches it",
                        at.what.name, value),
            fmt::format("add \"{}\" to the {}", wanted, field(at)));
    }

    void complain_inequality(const place& at) {
        add(at,
            fmt::format("compares {{{}}} by more than equality: a row is in entries of other values too",
                        at.what.name),
            fmt::format(
                "give resource.{0} a tag, such as tags = [\"{1}s\"], and name it in the change's tags",
                at.owner.name, std::get<std::string>(at.name.segments().front()) + ":" + at.owner.name));
    }

    void complain_element(const place& at) {
        const std::string column = placeholder_at(at.name, at.segment)->name;
        add(at,
            fmt::format("looks for {{{}}} among the elements of an array, and the {} has all of them in one "
                        "text",
                        at.what.name, at.is_tag ? "tag" : "key"),
            fmt::format("write \"{}\": a {} for each element",
                        with_segment(at.name, at.segment, placeholder_text(column + "[]")),
                        at.is_tag ? "tag" : "key"));
    }

    std::vector<complaint> found_;
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

// The names that a change, or its query, gives, against one resource that may have them.
class names_of_row {
 public:
    names_of_row(const section& of, const row_names& given, const change& whole, const resource& owner)
        : of_(of), whole_(whole), owner_(owner) {
        for (const key_template& key : given.keys) check(key, owner.cached->key, false);
        for (const key_template& tag : given.tags) {
            for (const key_template& own : owner.cached->tags) check(tag, own, true);
        }
    }

    // Returns whether each answer that shows a row has one of the names that the row gives, whatever is wrong
    // with the others.
    bool is_sound() const { return is_sound_; }

    void complain(problems& out) const {
        for (const complaint& c : found_) out.add(c.at, c.what, c.todo);
    }

 private:
    void check(const key_template& name, const key_template& own, bool is_tag) {
        if (!own.covers(name)) return;
        filter_checks checks;
        bool is_of_all = true;
        for (std::size_t i = 0; i < name.segments().size(); ++i) {
            const auto* parameter = placeholder_at(own, i);
            if (parameter == nullptr) continue;
            is_of_all = is_of_all && placeholder_at(name, i) != nullptr;
            const std::size_t number = number_of(owner_, parameter->index);
            if (placeholder_at(name, i) == nullptr || number == 0) continue;
            checks.check({of_, whole_, owner_, name, is_tag, i, owner_.parameters[parameter->index]},
                         uses_of(select_of(owner_).sql, number));
        }
        is_sound_ = is_sound_ || (is_of_all && checks.found().empty());
        found_.insert(found_.end(), checks.found().begin(), checks.found().end());
    }

    const section& of_;
    const change& whole_;
    const resource& owner_;
    bool is_sound_ = false;
    std::vector<complaint> found_;
};

void check_change(const change_draft& of, const resource& r, problems& out) {
    const names_of_row own{of.from, of.value, of.value, r};
    if (own.is_sound()) return;
    own.complain(out);
    for (std::size_t i = 0; i < of.value.through.size(); ++i) {
        const names_of_row found{of.through[i], of.value.through[i], of.value, r};
        if (!found.is_sound()) found.complain(out);
    }
}

}  // namespace

void check_filters(const drafts& all, problems& out) {
    for (const change_draft& c : all.changes) {
        for (const std::size_t i : all.owners_of(c.value)) {
            if (all.resources[i].has_key()) check_change(c, all.resources[i].value, out);
        }
    }
}

}  // namespace weir::config
