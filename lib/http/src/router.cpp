#include "weir/http/router.hpp"

#include "weir/http/problem.hpp"
#include "weir/http/target.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <utility>

namespace weir::http {
namespace {

using segments = std::array<std::string_view, path_segments_max>;

// Returns -1, 0 or 1: whether a is tried before b. A literal comes before a name at the first segment where
// they differ.
int order(const path_pattern& a, const path_pattern& b) {
    if (a.segments.size() != b.segments.size()) return a.segments.size() < b.segments.size() ? -1 : 1;
    for (std::size_t i = 0; i < a.segments.size(); ++i) {
        const auto& x = a.segments[i];
        const auto& y = b.segments[i];
        if (x.is_parameter != y.is_parameter) return y.is_parameter ? -1 : 1;
        if (x.is_parameter || x.text == y.text) continue;
        return x.text < y.text ? -1 : 1;
    }
    return 0;
}

// Returns the number of segments of "/a/b"; nullopt if there are more than any route has.
std::optional<std::size_t> split_path(std::string_view path, segments& out) {
    std::size_t count = 0;
    path.remove_prefix(1);
    while (true) {
        if (count == out.size()) return std::nullopt;
        const std::size_t end = std::min(path.find('/'), path.size());
        out[count++] = path.substr(0, end);
        if (end == path.size()) return count;
        path.remove_prefix(end + 1);
    }
}

// Returns whether a path matches the pattern, which has as many segments. An escaped letter is the letter
// (RFC 3986, 6.2.2.2), so /v1/%70roducts is /v1/products.
bool fits(const path_pattern& pattern, const segments& sent) {
    for (std::size_t i = 0; i < pattern.segments.size(); ++i) {
        const auto& s = pattern.segments[i];
        if (s.is_parameter ? sent[i].empty() : !is_same_decoded(sent[i], decoding::path, s.text))
            return false;
    }
    return true;
}

bool is_method(const route& r, method asked) {
    return r.what == asked || (r.what == method::get && asked == method::head);
}

// Returns whether the query has an argument of one of these names, whatever its value.
bool has_any(std::string_view query, const std::vector<std::string>& names) {
    while (const auto next = next_argument(query)) {
        for (const std::string& name : names) {
            if (is_same_decoded(next->name, decoding::query, name)) return true;
        }
    }
    return false;
}

// Returns the text for the Allow field.
std::string_view allowed_by(const route& r) {
    return r.what == method::get ? "GET, HEAD" : text_of(r.what);
}

// Moves the segments that the route names to the front.
void keep_named(const route& r, router::match& of) {
    of.found = &r;
    of.gates = r.gates;
    for (std::size_t i = 0; i < r.path.segments.size(); ++i) {
        if (r.path.segments[i].is_parameter) of.segments[of.segment_count++] = of.segments[i];
    }
}

}  // namespace

router::router(std::vector<route> routes, gate_list gates)
    : routes_(std::move(routes)), gates_(std::move(gates)) {
    const auto before = [](const route& a, const route& b) {
        const int paths = order(a.path, b.path);
        if (paths != 0) return paths < 0;
        return a.what != b.what ? a.what < b.what : !a.when.empty() && b.when.empty();
    };
    std::stable_sort(routes_.begin(), routes_.end(), before);
    for (std::size_t i = 0; i < routes_.size(); ++i) {
        if (routes_[i].path.segments.size() > path_segments_max) {
            throw std::invalid_argument("the path " + routes_[i].path.text + " has too many segments");
        }
        if (i > 0 && routes_[i].when.empty() && !before(routes_[i - 1], routes_[i])) {
            throw std::invalid_argument("two routes answer the same requests: " + routes_[i - 1].path.text +
                                        " and " + routes_[i].path.text);
        }
    }
    assert(
        std::all_of(routes_.begin(), routes_.end(), [](const route& r) { return r.what != method::other; }));
    for (const route& r : routes_) ++begin_[r.path.segments.size() + 1];
    std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
}

std::span<const route> router::of_length(std::size_t segments) const {
    return std::span{routes_}.subspan(begin_[segments], begin_[segments + 1] - begin_[segments]);
}

void router::find(const request& r, match& made) const {
    made.found = nullptr;
    made.gates = gates_.for_unknown;
    made.allow.clear();
    made.segment_count = 0;
    const auto count = split_path(r.path, made.segments);
    for (const route& x : count ? of_length(*count) : std::span<const route>{}) {
        if (!fits(x.path, made.segments)) continue;
        if (is_method(x, r.what) && (x.when.empty() || has_any(r.query, x.when))) return keep_named(x, made);
        if (made.allow.empty()) made.gates = x.gates;  // the path's first route stands for the path
        if (made.allow.find(allowed_by(x)) == std::string::npos)
            made.allow.append(made.allow.empty() ? "" : ", ").append(allowed_by(x));
    }
}

void router::refuse(const match& m, response& out) {
    assert(m.found == nullptr);
    if (m.allow.empty()) return problem(out, 404, "there is nothing at this path");
    out.field("Allow", m.allow);
    problem(out, 405, "this path does not allow that method; see Allow");
}

}  // namespace weir::http
