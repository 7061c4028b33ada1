// Decides which L2 servers may be read from. A server that this fleet has not seen may hold what was deleted
// elsewhere: it was started from an old dump, or promoted before it had replicated everything. The workers'
// connections wait here until the relay has repeated every invalidation that the server could have missed.
//
// One per process, any thread.
#pragma once

#include "weir/async/event.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir {

class admissions {
 public:
    // Waits until the identity is admitted. Returns false if the deadline comes first. A connection calls it
    // before its first command.
    awaitable<bool> wait(std::string identity, deadline until);

    // Returns the identities that are waited for and not admitted yet. Called by the relay.
    std::vector<std::string> asked() const;
    void admit(const std::string& identity);

    // Sets what wait() calls, on its own thread, for an identity that is not admitted. Call before any
    // wait().
    void when_asked(std::function<void()> wakes) { wakes_ = std::move(wakes); }

 private:
    struct state {
        bool is_admitted = false;
        std::shared_ptr<event> admitted = std::make_shared<event>();
    };

    mutable std::mutex mutex_;
    std::map<std::string, state> known_;  // bounded: one for each start or promotion of a server
    std::function<void()> wakes_;
};

}  // namespace weir
