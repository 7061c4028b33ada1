// Refuses paths and keys of which one request, or one entry, could mean two things.
#include "drafts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::config {
namespace {

// The paths that Weir answers itself.
constexpr std::array<std::string_view, 5> reserved_paths{"/healthz", "/readyz", "/metrics",
                                                         "/admin/v1/invalidate", "/admin/v1/explain"};

template <class Draft>
void check_reserved(const Draft& draft, problems& out) {
    const auto clash = std::find_if(
        reserved_paths.begin(), reserved_paths.end(),
        [&](std::string_view reserved) { return parse_path_pattern(reserved).overlaps(draft.value.path); });
    if (clash == reserved_paths.end()) return;
    out.add(draft.at("path"), fmt::format("{}: {} is answered by Weir itself", draft.title(), *clash),
            "choose another path");
}

template <class Draft>
void complain_ambiguous(const Draft& a, const Draft& b, problems& out) {
    out.add(a.at("path"),
            fmt::format("{}: a request for {} could also mean {}'s {}", a.title(), a.value.path.text,
                        b.title(), b.value.path.text),
            "let the two differ in a literal segment");
}

// Returns the first name of `a` that `b` has too; empty if there is none.
std::string shared_name(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    const auto at = std::find_first_of(a.begin(), a.end(), b.begin(), b.end());
    return at == a.end() ? std::string{} : *at;
}

// Resources may have one path when query parameters tell them apart.
void check_paths(const resource_draft& a, const resource_draft& b, problems& out) {
    if (!a.value.path.overlaps(b.value.path)) return;
    const bool both_when = !a.value.when.empty() && !b.value.when.empty();
    const bool any_when = !a.value.when.empty() || !b.value.when.empty();
    if (!any_when || !a.value.path.same_shape(b.value.path)) return complain_ambiguous(a, b, out);
    const std::string shared = shared_name(a.value.when, b.value.when);
    if (!both_when || shared.empty()) return;
    out.add(a.at("when"),
            fmt::format("{} and {} both answer {} when {} is given", a.title(), b.title(), a.value.path.text,
                        shared),
            "let each name query parameters that only it has");
}

// Refuses a path whose every resource needs a query parameter: a request without one would get no answer.
// `near` are the resources whose paths overlap.
void check_plain(const resource_draft& a, const drafts& all, const std::vector<std::size_t>& near,
                 problems& out) {
    if (a.value.when.empty()) return;
    const bool has_plain = std::any_of(near.begin(), near.end(), [&](std::size_t i) {
        const resource& b = all.resources[i].value;
        return b.when.empty() && b.path.same_shape(a.value.path);
    });
    if (has_plain) return;
    out.add(a.at("when"),
            fmt::format("{}: no resource answers {} without a query parameter", a.title(), a.value.path.text),
            "remove when, which only tells resources of one path apart; or declare the other one");
}

void check_keys(const resource_draft& a, const resource_draft& b, problems& out) {
    if (!a.has_key() || !b.has_key() || !a.value.cached->key.overlaps(b.value.cached->key)) return;
    out.add(a.at("key"),
            fmt::format("{}.key {} can be the same as {}'s {}: two answers would share an entry", a.title(),
                        a.value.cached->key.text(), b.title(), b.value.cached->key.text()),
            "let the two differ in a literal segment");
}

template <class Draft>
name_index paths_of(const std::vector<Draft>& list) {
    name_index made;
    for (std::size_t i = 0; i < list.size(); ++i) made.add(shape_of(list[i].value.path), i);
    return made;
}

void check_resource(const drafts& all, std::size_t index, const name_index& paths, problems& out) {
    const auto& r = all.resources[index];
    const bool has_path = !r.value.path.segments.empty();
    const auto near = paths.overlapping(shape_of(r.value.path));
    if (has_path) check_reserved(r, out);
    check_plain(r, all, near, out);
    for (const std::size_t i : near) {
        if (has_path && i < index) check_paths(r, all.resources[i], out);
    }
    if (!r.has_key()) return;
    for (const std::size_t i : all.keys.overlapping(shape_of(r.value.cached->key))) {
        if (i < index) check_keys(r, all.resources[i], out);
    }
}

void check_write(const drafts& all, std::size_t index, const name_index& paths, problems& out) {
    const auto& w = all.writes[index];
    if (w.value.path.segments.empty()) return;
    check_reserved(w, out);
    for (const std::size_t i : paths.overlapping(shape_of(w.value.path))) {
        const auto& other = all.writes[i];
        if (i >= index || w.value.method != other.value.method || !w.value.path.overlaps(other.value.path))
            continue;
        complain_ambiguous(w, other, out);
    }
}

}  // namespace

void check_overlaps(const drafts& all, problems& out) {
    const name_index reads = paths_of(all.resources);
    const name_index writes = paths_of(all.writes);
    for (std::size_t i = 0; i < all.resources.size(); ++i) check_resource(all, i, reads, out);
    for (std::size_t i = 0; i < all.writes.size(); ++i) check_write(all, i, writes, out);
}

}  // namespace weir::config
