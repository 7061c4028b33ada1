// The route table as data: paths, their methods, and what answers each.
//
// Built at start, one per worker and listener; immutable while serving. Paths are tried from the most literal
// to the most general, so /v1/products/featured wins over /v1/products/{id}. Of routes with one path and
// method, those that ask for a query parameter come first; only they look at the query.
#pragma once

#include "weir/base/path_pattern.hpp"
#include "weir/http/endpoint.hpp"

#include <array>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::http {

inline constexpr std::size_t path_segments_max = 16;  // of any route; a longer path matches none

struct route {
    path_pattern path;
    method what = method::get;  // a get answers HEAD too
    std::string label;  // in metrics and logs: the resource's or write's name, or a fixed word; never a path
    bool is_open = true;              // answered without the router's guard
    std::vector<std::string> when{};  // when not empty: only with one of these query parameters
    std::unique_ptr<endpoint> target;
};

class router {
 public:
    // Says what stands against a request that has no right to be here: fills in a 401 and returns false.
    using guard = std::function<bool(const request&, response&)>;

    struct match {
        const route* found = nullptr;  // nothing when `out` was filled in: 401, 404 or 405
        std::array<std::string_view, path_segments_max> segments;
        std::size_t segment_count = 0;
    };

    // Throws std::invalid_argument when two routes that ask for no query parameter have the same method and
    // paths of the same shape.
    explicit router(std::vector<route> routes, guard admits = {});

    // Everything that can be said from the head alone, before a body is read. `made` may have been used
    // before: it is large, and few of its segments are ever written.
    void find(const request& r, response& out, match& made) const;

    const std::vector<route>& routes() const { return routes_; }

 private:
    std::span<const route> of_length(std::size_t segments) const;
    void refuse(const request& r, const route* closest, std::string_view allow, response& out) const;

    std::vector<route> routes_;  // the shortest first, then the most literal; those of one shape side by side
    std::array<std::size_t, path_segments_max + 2> begin_{};  // in routes_, by the number of segments
    guard admits_;
};

}  // namespace weir::http
