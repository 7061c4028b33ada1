// The route table as data: paths, their methods, and what answers each.
//
// Built at start, one per worker and listener; immutable while serving. Paths are tried from the most literal
// to the most general, so /v1/products/featured wins over /v1/products/{id}. Of routes with one path and
// method, those that ask for a query parameter come first; only they look at the query.
#pragma once

#include "weir/base/path_pattern.hpp"
#include "weir/http/endpoint.hpp"
#include "weir/http/gate.hpp"

#include <array>
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
    std::vector<gate*> gates{};       // that a request has to pass, in this order; the router owns them
    std::vector<std::string> when{};  // when not empty: only with one of these query parameters
    std::unique_ptr<endpoint> target;
};

// The gates of a router's routes.
struct gate_list {
    std::vector<std::unique_ptr<gate>> all{};
    std::vector<gate*> for_unknown{};  // that a request for a path of no route has to pass, in this order
};

class router {
 public:
    struct match {
        const route* found = nullptr;  // null: refuse() says why
        std::span<gate* const> gates;  // to be passed before the answer, be it a refusal
        std::string allow;  // if none was found: the methods that the path has; empty: no such path
        std::array<std::string_view, path_segments_max> segments;
        std::size_t segment_count = 0;
    };

    // Throws std::invalid_argument when two routes that ask for no query parameter have the same method and
    // paths of the same shape.
    explicit router(std::vector<route> routes, gate_list gates = {});

    // Finds the route from the head alone, before a body is read. `made` may have been used before: it is
    // large, and few of its segments are ever written.
    void find(const request& r, match& made) const;

    // Answers a request that found no route: 404 or 405.
    static void refuse(const match& m, response& out);

    const std::vector<route>& routes() const { return routes_; }

 private:
    std::span<const route> of_length(std::size_t segments) const;

    std::vector<route> routes_;  // the shortest first, then the most literal; those of one shape side by side
    std::array<std::size_t, path_segments_max + 2> begin_{};  // in routes_, by the number of segments
    gate_list gates_;
};

}  // namespace weir::http
