#include "cache_status.hpp"

#include "weir/http/text_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::api {
namespace {

seconds left_of(const entry_facts& e, unix_ms now) {
    return std::max(seconds{0}, std::chrono::floor<seconds>(e.soft_expiry - now));
}

std::string_view name(provenance::tier where) {
    switch (where) {
        case provenance::tier::none:
            return {};
        case provenance::tier::l1:
            return "; detail=l1";
        case provenance::tier::l2:
            return "; detail=l2";
    }
    return {};
}

// Writes the field of a hit in one piece, because nearly every answer is a hit.
void add_hit(seconds left, std::string_view where, std::string& to) {
    char text[64];
    to.append(text, http::text_writer{text}.put("weir; hit; ttl=").put(left.count()).put(where).at());
}

void add_stale(seconds left, std::string_view why, std::string& to) {
    char text[80];
    to.append(text, http::text_writer{text}.put("weir; fwd=stale; ttl=").put(left.count()).put(why).at());
}

}  // namespace

outcome outcome_of(const answer& a) {
    const bool is_absent = a.content->kind() == entry_kind::absence;
    switch (a.how.from) {
        case provenance::source::bypass:
            return outcome::bypass;
        case provenance::source::hit:
            if (a.how.is_l2_down) return outcome::degraded;
            return is_absent ? outcome::absent_hit : outcome::hit;
        case provenance::source::stale:
            return a.how.is_load_failed ? outcome::stale_if_error : outcome::stale;
        case provenance::source::miss:
            break;
    }
    if (a.how.is_collapsed) return is_absent ? outcome::absent_collapsed : outcome::collapsed;
    return is_absent ? outcome::absent_miss : outcome::miss;
}

void add_cache_status(const answer& a, unix_ms now, std::string& to) {
    switch (a.how.from) {
        case provenance::source::bypass:
            to += "weir; fwd=bypass";
            return;
        case provenance::source::hit:
            add_hit(left_of(*a.content, now), a.how.is_l2_down ? "; detail=l2-down" : name(a.how.where), to);
            return;
        case provenance::source::stale:
            add_stale(std::chrono::floor<seconds>(a.content->soft_expiry() - now),
                      a.how.is_load_failed ? "; detail=load-failed" : "; detail=refreshing", to);
            return;
        case provenance::source::miss:
            break;
    }
    to += "weir; fwd=miss";
    if (a.how.is_collapsed) {
        to += "; collapsed";
    } else if (a.how.is_stored) {
        to += "; stored";
    }
    if (a.how.is_l2_down) to += "; detail=l2-down";
}

std::string cache_status(const answer& a, unix_ms now) {
    std::string out;
    add_cache_status(a, now, out);
    return out;
}

seconds age_of(const entry_facts& e, unix_ms now) {
    return std::max(seconds{0}, std::chrono::floor<seconds>(now - e.load_start));
}

std::string cache_control(const cacheable& c, const entry_facts& e, unix_ms now) {
    // Clients must not keep an absence: a copy of it would hide a row that is created next.
    if (e.kind == entry_kind::absence || !grants_copies(c)) return "public, no-cache";
    const auto granted = [&](seconds declared) {
        return (age_of(e, now) + std::min(declared, left_of(e, now))).count();
    };
    // With s_maxage alone browsers must revalidate; no-cache would bind shared caches as well.
    std::string out = fmt::format("public, max-age={}", c.max_age ? granted(*c.max_age) : 0);
    if (c.s_maxage) out += fmt::format(", s-maxage={}", granted(*c.s_maxage));
    return out;
}

}  // namespace weir::api
