// A check in front of a route. It judges a request by its head alone, before the body is read.
//
// Gates belong to one worker's router and run on its executor, in the order that the route names them. They
// hold no state of a request. A request that matches no route passes the router's own gates before it gets
// its 404 or 405.
#pragma once

#include "weir/http/endpoint.hpp"

#include <variant>

namespace weir::http {

enum class verdict {
    pass,    // the next gate judges; after the last one the body is read
    refuse,  // the gate's answer is sent instead of the endpoint's
};

class gate {
 public:
    virtual ~gate() = default;

    // Judges `c`, which has no body yet, and no segments if no route was found (405 as well as 404). Returns
    // the verdict, or an awaitable for it. A gate that refuses makes `out` the answer. A gate that lets pass
    // may only add fields. They are sent with the answer, whether that comes from the endpoint, from a later
    // gate or from a failure. A gate that throws refuses.
    virtual std::variant<verdict, awaitable<verdict>> judge(const call& c, response& out) = 0;
};

}  // namespace weir::http
