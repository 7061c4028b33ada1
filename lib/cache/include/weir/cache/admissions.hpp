// Which L2 servers may be read from. A server that this fleet has not seen may hold what was deleted
// elsewhere: it was started from an old dump, or promoted before it had replicated everything. The workers'
// connections wait here until the relay has repeated what it could have brought back.
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
    // True once the identity is admitted; false when the deadline came first. For the greeting of a
    // connection.
    awaitable<bool> wait(std::string identity, deadline until);

    // For the relay.
    std::vector<std::string> asked() const;  // and not admitted yet
    void admit(const std::string& identity);

    // Called, on the asking thread, when an identity is asked for that is not admitted. Set before any asks.
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
