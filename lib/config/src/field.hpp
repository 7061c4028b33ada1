// Tables of fields: one constexpr row for each field of a section of the file, with its name, its member, its
// bounds, its default and its documentation. settings_fields.hpp and policy_fields.hpp hold the tables.
//
//     inline constexpr auto relay_fields = std::to_array<field<relay_settings>>({
//         at<&relay_settings::batch_max>("batch_max", integer_bounds{1, 100'000}, {}, "outbox rows in …"),
//
// A row without a member is read by hand, because its value needs more than bounds. The row still documents
// it.
#pragma once

#include "weir/config/settings.hpp"

#include "section.hpp"
#include "shape.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace weir::config {

// What an absent field means. By default the value that a fresh `Of` has.
template <class Of>
struct fallback {
    std::string_view words{};       // Markdown for the reference: "needed", "a tenth of `ttl`"
    void (*derive)(Of&) = nullptr;  // computes it from the fields above this one
};

inline constexpr std::string_view needed = "needed";

template <class Of>
struct field {
    std::string_view name;
    shape written;
    fallback<Of> absent;
    std::string_view doc{};       // Markdown, for the reference
    std::string_view only_for{};  // of a parameter's rule: the types that have the field

    void (*read)(section&, const field&, Of&) = nullptr;  // nullptr: read by hand
    std::string (*initial)(const field&, Of) = nullptr;   // the fresh value, as the file would say it
};

// Returns the value of a field that has the shape. Returns nullopt for an absent field, and for a wrong one
// after adding the problem.
std::optional<std::string> value_of(section& s, std::string_view name, text);
std::optional<bool> value_of(section& s, std::string_view name, yes_or_no);
std::optional<std::size_t> value_of(section& s, std::string_view name, choice of);  // the word's index
std::optional<std::int64_t> value_of(section& s, std::string_view name, integer_bounds bounds);
std::optional<double> value_of(section& s, std::string_view name, number_bounds bounds);
std::optional<milliseconds> value_of(section& s, std::string_view name, duration_bounds bounds);
std::optional<std::size_t> value_of(section& s, std::string_view name, size_bounds bounds);
std::optional<endpoint> value_of(section& s, std::string_view name, address);
std::optional<std::string> value_of(section& s, std::string_view name, key_segment);
std::optional<std::string> value_of(section& s, std::string_view name, const url& of);

// Returns a value as the file would write it: 16, "250ms", true. TOML and JSON agree on these. Empty for an
// empty text.
std::string literal(text, const std::string& value);
std::string literal(yes_or_no, bool value);
std::string literal(choice of, std::size_t index);
std::string literal(integer_bounds, std::int64_t value);
std::string literal(number_bounds, double value);
std::string literal(duration_bounds, milliseconds value);
std::string literal(size_bounds, std::size_t value);
std::string literal(address, const endpoint& value);
std::string literal(key_segment, const std::string& value);
std::string literal(const url&, const std::string& value);

template <class Member>
struct owner_of;
template <class Value, class Of>
struct owner_of<Value Of::*> {
    using type = Of;
};
template <class Value, class Of>
struct owner_of<Value& (*)(Of&)> {  // of a member that lies deeper
    using type = Of;
};

template <class To, class From>
To converted(From value) {
    if constexpr (std::is_same_v<To, From>) {
        return value;
    } else if constexpr (std::is_same_v<From, milliseconds>) {
        return std::chrono::duration_cast<To>(value);
    } else {
        return static_cast<To>(value);
    }
}

template <class Value>
struct content_of {
    using type = Value;
};
template <class Value>
struct content_of<std::optional<Value>> {
    using type = Value;
};

// Returns the row of a member, which is given as a pointer to it or as a function that finds it in its owner.
template <auto Member, class Shape>
constexpr auto at(std::string_view name, Shape written,
                  fallback<typename owner_of<decltype(Member)>::type> absent, std::string_view doc,
                  std::string_view only_for = {}) {
    using of = typename owner_of<decltype(Member)>::type;
    using value = std::remove_reference_t<std::invoke_result_t<decltype(Member), of&>>;
    field<of> out{name, written, absent, doc, only_for};
    out.read = [](section& s, const field<of>& f, of& to) {
        auto found = value_of(s, f.name, std::get<Shape>(f.written));
        if (!found) return;
        std::invoke(Member, to) = converted<typename content_of<value>::type>(*std::move(found));
    };
    if constexpr (std::is_same_v<value, typename content_of<value>::type>) {
        out.initial = [](const field<of>& f, of fresh) {
            using wanted = typename decltype(value_of(std::declval<section&>(), "", Shape{}))::value_type;
            return literal(std::get<Shape>(f.written), converted<wanted>(std::invoke(Member, fresh)));
        };
    }
    return out;
}

template <class Of>
void read_field(section& s, const field<Of>& f, Of& to) {
    if (f.absent.derive != nullptr) f.absent.derive(to);
    if (f.read != nullptr) f.read(s, f, to);
}

// Reads what the rows have members for, in their order.
template <class Of, std::size_t N>
void read_fields(section& s, const std::array<field<Of>, N>& fields, Of& to) {
    for (const auto& f : fields) read_field(s, f, to);
}

// Reads one of them, where the others depend on what it says.
template <class Of, std::size_t N>
void read_field(section& s, const std::array<field<Of>, N>& fields, std::string_view name, Of& to) {
    const auto row =
        std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; });
    assert(row != fields.end());
    read_field(s, *row, to);
}

// Reads a table of the root that needs no more than its rows. Returns whether the file has it.
template <class Of, std::size_t N>
bool read_table(section& root, std::string_view name, const std::array<field<Of>, N>& fields, Of& to) {
    auto s = root.table(name);
    if (!s) return false;
    read_fields(*s, fields, to);
    s->finish();
    return true;
}

}  // namespace weir::config
