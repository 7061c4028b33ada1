// Waiting for a state of another thread.
#pragma once

#include <chrono>
#include <thread>

namespace weir::testing {

// Whether it comes to hold, within a time that only a failure takes.
template <class Condition>
bool eventually(Condition holds) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!holds()) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
}

}  // namespace weir::testing
