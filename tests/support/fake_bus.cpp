#include "support/fake_bus.hpp"

#include "weir/async/task.hpp"

#include <algorithm>
#include <utility>

namespace weir::fake {
namespace {

constexpr auto never = steady_clock::time_point::max();

milliseconds rounded_up(steady_clock::duration d) {
    return std::chrono::ceil<milliseconds>(d);
}

}  // namespace

// --- bus

std::uint64_t bus::sequence() const {
    const std::lock_guard lock(mutex_);
    return sequence_;
}

std::vector<live_node> bus::live() const {
    const std::lock_guard lock(mutex_);
    return live_nodes();
}

void bus::advance(milliseconds time) {
    const std::lock_guard lock(mutex_);
    skipped_ += time;
}

void bus::clear() {
    const std::lock_guard lock(mutex_);
    registry_.clear();
    sequence_ = 0;
    since_ = now();
}

void bus::remove_expired() {
    std::erase_if(registry_, [now = now()](const auto& entry) { return entry.second <= now; });
}

std::vector<live_node> bus::live_nodes() const {
    std::vector<live_node> out;
    for (const auto& [name, end] : registry_) {
        if (end > now()) out.push_back({name, rounded_up(end - now())});
    }
    return out;
}

// To all, or to the one node whose acknowledgements it is about.
void bus::deliver(const bus_event& what, const std::string& only_to) {
    for (bus_node* node : nodes_) {
        if (only_to.empty() || node->name_ == only_to) node->hear(what);
    }
}

// --- bus_node: the port

bus_node::bus_node(bus& at) : bus_(at) {
    const std::lock_guard lock(bus_.mutex_);
    bus_.nodes_.push_back(this);
}

bus_node::~bus_node() {
    const std::lock_guard lock(bus_.mutex_);
    std::erase(bus_.nodes_, this);
}

awaitable<result<void>> bus_node::open(const std::string& node, deadline until) {
    const auto kept_out = co_await enter(bus_call::open, until);
    if (kept_out) co_return *kept_out;
    const std::lock_guard lock(bus_.mutex_);
    is_subscribed_ = true;
    name_ = node;
    end_.reset();
    ends_at_.reset();
    inbox_.clear();
    co_return result<void>{};
}

awaitable<result<std::vector<bus_event>>> bus_node::receive() {
    while (true) {
        std::shared_ptr<event> signal;
        auto at = never;
        {
            const std::lock_guard lock(bus_.mutex_);
            auto arrived = take_arrived();
            if (!arrived.empty()) co_return arrived;
            if (const auto end = end_by_now()) {
                is_subscribed_ = false;
                co_return *end;
            }
            signal = signal_ = std::make_shared<event>();
            at = next_event();
        }
        const deadline until{at};
        co_await signal->wait(until);
    }
}

void bus_node::close() {
    const std::lock_guard lock(bus_.mutex_);
    if (!is_subscribed_) return;
    is_subscribed_ = false;
    inbox_.clear();
    end_ = errc::cancelled;
    wake();
}

awaitable<result<bus_membership>> bus_node::join(const std::string& node, milliseconds lease,
                                                 deadline until) {
    const auto kept_out = co_await enter(bus_call::join, until);
    if (kept_out) co_return *kept_out;
    result<bus_membership> answer = errc::timeout;
    milliseconds late{};
    {
        const std::lock_guard lock(bus_.mutex_);
        bus_.remove_expired();
        const bool was_member = bus_.registry_.contains(node);
        bus_.registry_[node] = bus_.now() + lease;
        late = join_delay_;
        const auto failure = leave_call(bus_call::join);
        answer = failure ? result<bus_membership>{*failure} : bus_membership{bus_.sequence_, was_member};
    }
    if (late > milliseconds::zero()) co_await sleep_for(late);
    co_return answer;
}

awaitable<result<void>> bus_node::leave(const std::string& node, deadline until) {
    const auto kept_out = co_await enter(bus_call::leave, until);
    if (kept_out) co_return *kept_out;
    const std::lock_guard lock(bus_.mutex_);
    bus_.registry_.erase(node);
    const auto failure = leave_call(bus_call::leave);
    if (failure) co_return *failure;
    co_return result<void>{};
}

awaitable<result<bus_announcement>> bus_node::announce(const std::string& origin,
                                                       const std::vector<std::string>& keys,
                                                       const std::vector<std::string>& tags, deadline until) {
    const auto kept_out = co_await enter(bus_call::announce, until);
    if (kept_out) co_return *kept_out;
    const std::lock_guard lock(bus_.mutex_);
    bus_.deliver(bus_message{++bus_.sequence_, origin, keys, tags});
    bus_.remove_expired();
    const auto failure = leave_call(bus_call::announce);
    if (failure) co_return *failure;
    const auto age = std::chrono::floor<milliseconds>(bus_.now() - bus_.since_);
    co_return bus_announcement{bus_.sequence_, bus_.live_nodes(), age};
}

awaitable<result<void>> bus_node::acknowledge(const std::string& origin, const std::string& node,
                                              std::uint64_t sequence, deadline until) {
    const auto kept_out = co_await enter(bus_call::acknowledge, until);
    if (kept_out) co_return *kept_out;
    const std::lock_guard lock(bus_.mutex_);
    bus_.deliver(bus_acknowledgement{node, sequence}, origin);
    const auto failure = leave_call(bus_call::acknowledge);
    if (failure) co_return *failure;
    co_return result<void>{};
}

// --- bus_node: what the port's calls share

awaitable<std::optional<errc>> bus_node::enter(bus_call which, deadline until) {
    bool is_cut_off = false;
    {
        const std::lock_guard lock(bus_.mutex_);
        ++of(which).count;
        if (of(which).failure) co_return of(which).failure;
        is_cut_off = is_cut_off_;
    }
    if (is_cut_off) co_await sleep_for(until.left());
    if (is_cut_off || until.passed()) co_return errc::timeout;
    co_return std::nullopt;
}

std::optional<errc> bus_node::leave_call(bus_call which) {
    if (of(which).is_answer_lost) return errc::timeout;
    return std::nullopt;
}

void bus_node::hear(const bus_event& what) {
    if (!is_subscribed_ || is_cut_off_) return;
    if (to_lose_ > 0) {
        --to_lose_;
        return;
    }
    const auto at = steady_clock::now() + delay_;
    // Late ones do not overtake earlier ones: it is one connection.
    inbox_.push_back({inbox_.empty() ? at : std::max(at, inbox_.back().at), what});
    wake();
}

std::vector<bus_event> bus_node::take_arrived() {
    std::vector<bus_event> out;
    if (!is_subscribed_ || is_holding_) return out;
    while (!inbox_.empty() && inbox_.front().at <= steady_clock::now()) {
        out.push_back(std::move(inbox_.front().what));
        inbox_.pop_front();
    }
    return out;
}

std::optional<errc> bus_node::end_by_now() const {
    if (end_) return end_;
    if (ends_at_ && *ends_at_ <= steady_clock::now()) return errc::timeout;
    if (!is_subscribed_) return errc::unavailable;
    return std::nullopt;
}

bus_node::time_point bus_node::next_event() const {
    const auto first = inbox_.empty() || is_holding_ ? never : inbox_.front().at;
    return std::min(first, ends_at_.value_or(never));
}

void bus_node::wake() {
    signal_->set();
}

// --- bus_node: for the test

bool bus_node::is_open() const {
    const std::lock_guard lock(bus_.mutex_);
    return is_subscribed_ && !end_by_now();
}

std::size_t bus_node::calls(bus_call which) const {
    const std::lock_guard lock(bus_.mutex_);
    return calls_[static_cast<std::size_t>(which)].count;
}

void bus_node::lose_next(std::size_t count) {
    const std::lock_guard lock(bus_.mutex_);
    to_lose_ = count;
}

void bus_node::hold() {
    const std::lock_guard lock(bus_.mutex_);
    is_holding_ = true;
}

void bus_node::let_through() {
    const std::lock_guard lock(bus_.mutex_);
    is_holding_ = false;
    wake();
}

void bus_node::delay(milliseconds by) {
    const std::lock_guard lock(bus_.mutex_);
    delay_ = by;
}

std::size_t bus_node::held() const {
    const std::lock_guard lock(bus_.mutex_);
    return is_holding_ ? inbox_.size() : 0;
}

void bus_node::fail(bus_call which, std::optional<errc> with) {
    const std::lock_guard lock(bus_.mutex_);
    of(which).failure = with;
}

void bus_node::lose_answers(bus_call which, bool lost) {
    const std::lock_guard lock(bus_.mutex_);
    of(which).is_answer_lost = lost;
}

void bus_node::delay_joins(milliseconds by) {
    const std::lock_guard lock(bus_.mutex_);
    join_delay_ = by;
}

void bus_node::end_subscription(errc with) {
    const std::lock_guard lock(bus_.mutex_);
    end_ = with;
    inbox_.clear();
    wake();
}

void bus_node::cut_off(std::optional<milliseconds> noticed_after) {
    const std::lock_guard lock(bus_.mutex_);
    is_cut_off_ = true;
    if (noticed_after) ends_at_ = steady_clock::now() + *noticed_after;
    wake();
}

void bus_node::reconnect() {
    const std::lock_guard lock(bus_.mutex_);
    is_cut_off_ = false;
}

}  // namespace weir::fake
