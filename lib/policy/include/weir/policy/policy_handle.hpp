// The way to the policy for what lives longer than one policy: background tasks, the write side, the auditor.
// Each piece of work asks for the current snapshot once and uses it to its end, so a reload in between
// changes nothing under it.
//
// One per process. Any thread.
#pragma once

#include "weir/policy/policy.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace weir {

class policy_handle {
 public:
    explicit policy_handle(policy_ptr first) : current_(std::move(first)) {}

    policy_ptr current() const {
        const std::lock_guard lock(mutex_);
        return current_;
    }

    // Replaces the snapshot. Later calls of current() get `next`. Earlier snapshots stay as they are. L1 does
    // not keep definitions, as L2 does. So forget there every resource whose definition is another one.
    void replace(policy_ptr next) {
        const std::lock_guard lock(mutex_);
        current_ = std::move(next);
    }

 private:
    mutable std::mutex mutex_;
    policy_ptr current_;
};

}  // namespace weir
