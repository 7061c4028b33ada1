#include "weir/cache/admissions.hpp"

namespace weir {

awaitable<bool> admissions::wait(std::string identity, deadline until) {
    std::shared_ptr<event> admitted;
    {
        const std::lock_guard lock(mutex_);
        const state& s = known_[identity];
        if (s.is_admitted) co_return true;
        admitted = s.admitted;
    }
    if (wakes_) wakes_();
    co_return co_await admitted->wait(until);
}

std::vector<std::string> admissions::asked() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> identities;
    for (const auto& [identity, s] : known_) {
        if (!s.is_admitted) identities.push_back(identity);
    }
    return identities;
}

void admissions::admit(const std::string& identity) {
    std::shared_ptr<event> admitted;
    {
        const std::lock_guard lock(mutex_);
        state& s = known_[identity];
        s.is_admitted = true;
        admitted = s.admitted;
    }
    admitted->set();
}

}  // namespace weir
