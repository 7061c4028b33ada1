// One table of the file, read field by field. It remembers which fields were asked for, so that finish() can
// refuse the others: a mistyped option must not be silently without effect.
//
// Every reader returns nullopt for an absent field, and for a wrong one after adding the problem.
#pragma once

#include "weir/base/time.hpp"
#include "weir/config/load.hpp"

#include "document.hpp"
#include "problems.hpp"
#include "shape.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

// What reading needs beside the table itself.
struct reading {
    problems& out;
    const environment& env;
    const file_text& file;
    // Notes the variables that are not set instead of refusing the text; null: refuses.
    std::vector<problem>* unset = nullptr;

    void note_unset(position at, const std::string& field, const std::string& variable) const;
};

struct text_value {
    std::string text;
    position at;
    bool is_shown = true;  // false when it came from the environment: it may be a secret

    std::string quoted() const { return is_shown ? "\"" + text + "\"" : "the value from the environment"; }
};

class section {
 public:
    section(reading& r, const node& table, std::string title)
        : r_(&r), table_(&table), title_(std::move(title)) {}

    const std::string& title() const { return title_; }  // "resource.products"
    const std::string& name() const { return table_->name; }
    position at() const { return table_->at; }
    position at(std::string_view field) const;  // the field's; the section's if the field is absent
    bool has(std::string_view field);

    std::optional<text_value> text(std::string_view field);
    std::optional<text_value> verbatim(std::string_view field);   // the environment is not looked at
    std::optional<text_value> scalar(std::string_view field);     // text, integer or boolean, as text
    std::vector<text_value> texts(std::string_view field);        // an array of texts
    std::vector<text_value> one_or_more(std::string_view field);  // a text or an array of texts, verbatim
    std::vector<text_value> scalars(std::string_view field);      // an array of texts or integers
    std::optional<bool> boolean(std::string_view field);
    std::optional<std::int64_t> integer(std::string_view field, integer_bounds bounds);
    std::optional<double> number(std::string_view field, number_bounds bounds);
    std::optional<milliseconds> duration(std::string_view field, duration_bounds bounds = {});
    std::optional<std::size_t> size(std::string_view field, size_bounds bounds);
    std::optional<std::string> word(std::string_view field, word_list allowed);

    std::optional<section> table(std::string_view field);
    std::vector<section> tables(std::string_view field);  // [resource.a], [resource.b] of `resource`
    std::vector<section> list(std::string_view field);    // each [[change.a.through]] of `through`
    std::vector<section> members();                       // each member is a table

    const node* find(std::string_view field);
    position position_in(std::string_view field, std::size_t offset) const;  // inside a text
    position position_in(const text_value& of, std::size_t offset) const;

    void complain(position where, std::string what, std::string todo) { r_->out.add(where, what, todo); }
    void warn(position where, std::string what, std::string todo) { r_->out.warn(where, what, todo); }
    // Adds the positions of its fields, under this title.
    void add_places(places& to, const std::string& title) const;
    void finish();  // refuses the fields that were not asked for

 private:
    const node* ask(std::string_view field);
    std::vector<position> lines_of(const node& value) const;
    void wrong_type(const node& n, std::string_view wanted);
    std::string path(std::string_view field) const;
    std::optional<text_value> expanded(const node& n);
    std::optional<text_value> scalar_of(const node& n, bool is_boolean_ok);

    reading* r_;
    const node* table_;
    std::string title_;
    std::vector<std::string> known_;
};

}  // namespace weir::config
