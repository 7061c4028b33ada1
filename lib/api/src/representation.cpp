#include "representation.hpp"

#include "conditional.hpp"

namespace weir::api {
namespace {

std::optional<coding> held(const entry& e, const accepted_codings& accepted, std::string_view if_none_match) {
    for (const coding c : accepted.ranked()) {
        if (names_etag(if_none_match, e.etag(), etag_suffix(c))) return c;
    }
    return std::nullopt;
}

}  // namespace

representation choose_representation(const entry& e, const accepted_codings& accepted,
                                     std::string_view if_none_match, std::size_t bytes_min) {
    representation out{.how = accepted.ranked().front()};
    const bool may_be_made = !e.head().empty() && e.body().size() >= bytes_min;
    for (const coding c : accepted.ranked()) {
        out.made = e.variants().find(c);
        if (c == coding::identity || out.made != nullptr) {
            out.how = c;
            break;
        }
        if (may_be_made && !out.wanted) out.wanted = c;
    }
    if (if_none_match.empty()) return out;
    if (names_everything(if_none_match)) {
        out.is_held = true;
    } else if (const auto c = held(e, accepted, if_none_match)) {
        out = {.how = *c, .made = e.variants().find(*c), .is_held = true};
    }
    return out;
}

}  // namespace weir::api
