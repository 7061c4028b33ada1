// How a GET is answered, as lib/api asks for it. `values` are normalised and in the resource's order.
//
// One per worker, used on its executor only.
#pragma once

#include "weir/async/bounded.hpp"
#include "weir/cache/answer.hpp"
#include "weir/policy/coding.hpp"
#include "weir/policy/policy.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

class reader {
 public:
    virtual ~reader() = default;

    // Returns what L1 has and may serve now, otherwise nullopt. Never waits. What is due or stale is
    // refreshed behind the answer. `now` was read after the request came.
    virtual std::optional<answer> find(const resource_ptr& what, const std::vector<std::string>& values,
                                       const moment& now) = 0;

    // Answers what find() did not have. errc::timeout: not ready by the deadline (the load goes on for
    // others). errc::overloaded, errc::unavailable: not in the cache, and the source cannot be asked.
    // Anything else: the load failed.
    virtual awaitable<result<answer>> fetch(resource_ptr what, std::vector<std::string> values,
                                            deadline until) = 0;

    // Notes that a client would have liked `of`, which L1 has under these values, in this coding. Never
    // waits.
    virtual void want(const resource_ptr& /*what*/, const std::vector<std::string>& /*values*/,
                      const entry_ptr& /*of*/, coding /*how*/) {}

    // Calls find(), and fetch() if that returns nullopt.
    awaitable<result<answer>> get(resource_ptr what, std::vector<std::string> values, deadline until);
};

}  // namespace weir
