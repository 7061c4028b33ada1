#include "weir/postgres/read_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::postgres {
namespace {

// Both costs are forgotten slowly. The highest, so that a statement that is slow now and then does not count
// as quick in between. The lowest, because the cost of a read that nothing holds up says how many fit into a
// batch.
constexpr double kept_of_cost = 0.9;

}  // namespace

deadline read_queue::batch::latest() const {
    time_point last = time_point::min();
    for (const read& r : reads) last = std::max(last, r.until);
    return deadline{last};
}

result<void> read_queue::add(read r, std::size_t free) {
    assert(r.caller);
    if (waiting_.size() >= options_.queue_max + free) return errc::overloaded;
    waiting_.push_back(std::move(r));
    return {};
}

bool read_queue::begin_worker(time_point now) {
    if (acquiring_ > 0 || waiting_.empty() || workers_ == options_.connections) return false;
    if (!is_batch_due(now)) return false;
    ++workers_;
    ++acquiring_;
    return true;
}

void read_queue::end_worker() {
    assert(workers_ > acquiring_);
    --workers_;
}

void read_queue::begin_acquiring() {
    ++acquiring_;
    assert(acquiring_ <= workers_);
}

void read_queue::end_acquiring() {
    assert(acquiring_ > 0);
    --acquiring_;
}

read_queue::time_point read_queue::latest_connect_by() const {
    time_point last = time_point::min();
    for (const read& r : waiting_) last = std::max(last, r.connect_by);
    return last;
}

const read_queue::cost* read_queue::quick(const std::string& statement) const {
    const auto known = costs_.find(statement);
    return known == costs_.end() || known->second.most > options_.quick_max ? nullptr : &known->second;
}

std::size_t read_queue::reads_in_time(const cost& known) const {
    const auto reads = static_cast<std::size_t>(options_.batch_time / std::max(known.least, microseconds{1}));
    return std::clamp<std::size_t>(reads, 1, options_.batch_max);
}

// Returns when the gather window of the statement's latest batch closes; nullopt if no window is open.
std::optional<read_queue::time_point> read_queue::returns_by(const std::string& statement,
                                                             time_point now) const {
    std::optional<time_point> latest;
    for (const batch& b : batches_) {
        const auto back_by = b.began + options_.quick_max;
        const bool counts = back_by > now && b.reads.front().what.name == statement;
        if (counts) latest = std::max(back_by, latest.value_or(back_by));
    }
    return latest;
}

// Returns whether a read waits that is in no gather window, or reads of one statement fill a batch.
bool read_queue::is_batch_due(time_point now) const {
    const std::string* statement = nullptr;
    std::size_t full = 0;
    std::size_t count = 0;
    for (const read& r : waiting_) {
        if (statement == nullptr || r.what.name != *statement) {
            statement = &r.what.name;
            const cost* known = quick(*statement);
            if (known == nullptr || !returns_by(*statement, now)) return true;
            full = reads_in_time(*known);
            count = 0;
        }
        if (++count >= full) return true;
    }
    return false;
}

std::optional<read_queue::time_point> read_queue::gather_end(time_point now) const {
    if (waiting_.empty() || acquiring_ > 0) return std::nullopt;
    return returns_by(waiting_.front().what.name, now);
}

std::size_t read_queue::batch_size(const std::string& statement) const {
    const cost* known = quick(statement);
    if (known == nullptr) return 1;
    const std::size_t fair = (waiting_.size() + options_.connections - 1) / options_.connections;
    return std::min(std::max(fair, reads_in_time(*known)), options_.batch_max);
}

read_queue::batch* read_queue::begin_batch(time_point now) {
    std::erase_if(waiting_, [](const read& r) { return r.caller->is_cancelled(); });
    if (waiting_.empty()) return nullptr;
    assert(batches_.size() < options_.connections);
    const std::string& statement = waiting_.front().what.name;
    const std::size_t share = batch_size(statement);
    batch& b = batches_.emplace_back();
    b.began = now;
    for (auto r = waiting_.begin(); r != waiting_.end() && b.steps.size() < share;) {
        if (r->what.name != statement) {
            ++r;
            continue;
        }
        b.steps.push_back(std::move(r->what));
        b.reads.push_back(std::move(*r));
        r = waiting_.erase(r);
    }
    return &b;
}

void read_queue::remember_cost(const std::string& statement, microseconds each) {
    const auto scaled = [](microseconds time, double by) {
        return microseconds{static_cast<microseconds::rep>(static_cast<double>(time.count()) * by)};
    };
    const auto [known, is_new] = costs_.try_emplace(statement, cost{each, each});
    if (is_new) return;
    cost& c = known->second;
    c.most = std::max(each, scaled(c.most, kept_of_cost));
    c.least = std::min(each, scaled(c.least, 1 / kept_of_cost) + microseconds{1});
}

void read_queue::complete(batch& b, outcomes got, time_point now) {
    assert(!got.empty() && got.size() <= b.steps.size());
    assert(got.back().has_error() || got.size() == b.steps.size());
    const auto took = std::chrono::duration_cast<microseconds>(now - b.began);
    if (got.back().has_error()) {
        costs_.erase(
            b.steps.front().name);  // sent alone until it succeeds, so that it holds up others once only
    } else {
        remember_cost(b.steps.front().name, took / static_cast<microseconds::rep>(got.size()));
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (b.reads[i].caller) b.reads[i].caller->complete(std::move(got[i]));
    }
    put_back(b, got.size());
    end(b);
}

void read_queue::fail(batch& b, errc why, bool may_repeat) {
    costs_.erase(b.steps.front().name);
    for (read& r : b.reads) {
        const bool has_second_try = may_repeat && std::exchange(r.may_repeat, false);
        if (!has_second_try && r.caller) std::exchange(r.caller, nullptr)->complete(why);
    }
    put_back(b, 0);
    end(b);
}

void read_queue::put_back(batch& b, std::size_t from) {
    const auto head = waiting_.begin();
    for (std::size_t i = from; i < b.reads.size(); ++i) {
        read& r = b.reads[i];
        if (!r.caller) continue;
        waiting_.insert(
            head, read{std::move(b.steps[i]), r.connect_by, r.until, std::move(r.caller), r.may_repeat});
    }
}

void read_queue::end(batch& b) {
    batches_.remove_if([&b](const batch& other) { return &other == &b; });
}

void read_queue::fail_waiting(errc why) {
    for (read& r : std::exchange(waiting_, {})) r.caller->complete(why);
}

void read_queue::expire(time_point now) {
    for (auto r = waiting_.begin(); r != waiting_.end();) {
        if (r->connect_by > now) {
            ++r;
            continue;
        }
        r->caller->complete(errc::timeout);
        r = waiting_.erase(r);
    }
    for (batch& b : batches_) {
        for (read& r : b.reads) {
            if (r.caller && r.until <= now) std::exchange(r.caller, nullptr)->complete(errc::timeout);
        }
    }
}

std::optional<read_queue::time_point> read_queue::next_expiry() const {
    std::optional<time_point> earliest;
    const auto consider = [&earliest](time_point at) { earliest = std::min(at, earliest.value_or(at)); };
    for (const read& r : waiting_) consider(r.connect_by);
    for (const batch& b : batches_) {
        for (const read& r : b.reads) {
            if (r.caller) consider(r.until);
        }
    }
    return earliest;
}

}  // namespace weir::postgres
