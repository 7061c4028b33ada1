// Refuses paths and keys of which one request, or one entry, could mean two things.
#include "drafts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace weir::config {
namespace {

// Weir's own.
constexpr std::array<std::string_view, 5> reserved_paths{"/healthz", "/readyz", "/metrics",
                                                         "/admin/v1/invalidate", "/admin/v1/explain"};

template <class Draft>
void check_reserved(const Draft& draft, problems& out) {
    const auto clash = std::find_if(
        reserved_paths.begin(), reserved_paths.end(),
        [&](std::string_view reserved) { return parse_path_pattern(reserved).overlaps(draft.value.path); });
    if (clash == reserved_paths.end()) return;
    out.add(draft.path_at, fmt::format("{}: {} is answered by Weir itself", draft.title, *clash),
            "choose another path");
}

template <class Draft>
void check_paths(const Draft& a, const Draft& b, problems& out) {
    if (!a.value.path.overlaps(b.value.path)) return;
    out.add(a.path_at,
            fmt::format("{}: a request for {} could also mean {}'s {}", a.title, a.value.path.text, b.title,
                        b.value.path.text),
            "let the two differ in a literal segment");
}

void check_keys(const resource_draft& a, const resource_draft& b, problems& out) {
    if (!a.value.key || !b.value.key || !a.value.key->overlaps(*b.value.key)) return;
    out.add(a.key_at,
            fmt::format("{}.key {} can be the same as {}'s {}: two answers would share an entry", a.title,
                        a.value.key->text(), b.title, b.value.key->text()),
            "let the two differ in a literal segment");
}

}  // namespace

void check_overlaps(const drafts& all, problems& out) {
    for (std::size_t i = 0; i < all.resources.size(); ++i) {
        const auto& r = all.resources[i];
        if (!r.value.path.segments.empty()) check_reserved(r, out);
        for (std::size_t j = 0; j < i; ++j) {
            if (!r.value.path.segments.empty()) check_paths(r, all.resources[j], out);
            check_keys(r, all.resources[j], out);
        }
    }
    for (std::size_t i = 0; i < all.writes.size(); ++i) {
        const auto& w = all.writes[i];
        if (w.value.path.segments.empty()) continue;
        check_reserved(w, out);
        for (std::size_t j = 0; j < i; ++j) {
            if (w.value.method == all.writes[j].value.method) check_paths(w, all.writes[j], out);
        }
    }
}

}  // namespace weir::config
