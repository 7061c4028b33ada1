#include "trigger_watch.hpp"

#include "weir/base/log.hpp"
#include "weir/schema/drift.hpp"

#include <utility>

namespace weir::app {

awaitable<void> trigger_watch::run() {
    while (!pause_.is_stopped()) {
        const milliseconds rest = co_await look();
        const bool goes_on = co_await pause_.wait(rest);
        if (!goes_on) co_return;
    }
}

// Returns when to look again. While the database cannot be reached, the last known state stays.
awaitable<milliseconds> trigger_watch::look() {
    const policy_ptr declared = policy_.current();
    const auto found = co_await trigger_drift(pool_, *declared, deadline::in(seconds{5}));
    if (!found) co_return milliseconds{500};
    std::string drift;
    for (const std::string& line : *found) drift += (drift.empty() ? "" : "; ") + line;
    const auto beyond = co_await ahead_of_file(pool_, *declared, deadline::in(seconds{5}));
    std::string ahead;
    if (beyond) {
        for (const std::string& line : *beyond) ahead += (ahead.empty() ? "" : "; ") + line;
    }
    note_ahead(std::move(ahead));
    const bool is_right = drift.empty();
    conclude(std::move(drift));
    co_return is_right ? milliseconds{30'000} : milliseconds{1'000};
}

void trigger_watch::conclude(std::string drift) {
    const std::lock_guard lock(mutex_);
    if (drift != drift_ && !drift.empty()) {
        log::error("triggers_differ", {{"what", drift}, {"todo", "run weir migrate"}});
    }
    drift_ = std::move(drift);
    was_right_ = was_right_ || drift_.empty();
}

void trigger_watch::note_ahead(std::string ahead) {
    const std::lock_guard lock(mutex_);
    if (ahead != ahead_ && !ahead.empty()) log::info("database_ahead", {{"what", ahead}});
    ahead_ = std::move(ahead);
}

api::dependency_state trigger_watch::state() const {
    const std::lock_guard lock(mutex_);
    const char* right =
        ahead_.empty() ? "as declared" : "record more than the file declares; the log says what";
    return {.name = "triggers",
            .is_up = drift_.empty(),
            .detail = drift_.empty() ? right : "differ from the file; the log says how",
            .is_required = !was_right_};
}

}  // namespace weir::app
