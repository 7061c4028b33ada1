#include "weir/postgres/read_line.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir::postgres {
namespace {

// Slowness is forgotten slowly: a statement that is slow now and then is not to be taken for quick in
// between. So is quickness: what a read costs when nothing else holds it up says how many fit into a trip.
constexpr double kept_of_cost = 0.9;

}  // namespace

deadline read_line::trip::latest() const {
    time_point last = time_point::min();
    for (const read& r : readers) last = std::max(last, r.until);
    return deadline{last};
}

result<void> read_line::add(read r, std::size_t free) {
    if (waiting_.size() >= limits_.queue_max + free) return errc::overloaded;
    waiting_.push_back(std::move(r));
    return {};
}

bool read_line::begin_runner(time_point now) {
    if (asking_ > 0 || waiting_.empty() || runners_ == limits_.connections) return false;
    if (!is_anybody_due(now)) return false;
    ++runners_;
    ++asking_;
    return true;
}

read_line::time_point read_line::patience_end() const {
    time_point last = time_point::min();
    for (const read& r : waiting_) last = std::max(last, r.seated_by);
    return last;
}

const read_line::cost* read_line::quick(const std::string& statement) const {
    const auto known = costs_.find(statement);
    return known == costs_.end() || known->second.most > limits_.quick_max ? nullptr : &known->second;
}

std::size_t read_line::in_time(const cost& known) const {
    const auto reads = static_cast<std::size_t>(limits_.trip_time / std::max(known.least, microseconds{1}));
    return std::clamp<std::size_t>(reads, 1, limits_.trip_max);
}

// The trip of the same statement that began last; nothing when none is under way that will soon be back.
std::optional<read_line::time_point> read_line::is_back_by(const std::string& statement,
                                                           time_point now) const {
    std::optional<time_point> latest;
    for (const trip& t : trips_) {
        const auto back_by = t.began + limits_.quick_max;
        const bool counts = back_by > now && t.readers.front().what.name == statement;
        if (counts) latest = std::max(back_by, latest.value_or(back_by));
    }
    return latest;
}

// Somebody in line whom no trip will soon take along, or as many of one statement as one takes.
bool read_line::is_anybody_due(time_point now) const {
    const std::string* statement = nullptr;
    std::size_t full = 0;
    std::size_t count = 0;
    for (const read& r : waiting_) {
        if (statement == nullptr || r.what.name != *statement) {
            statement = &r.what.name;
            const cost* known = quick(*statement);
            if (known == nullptr || !is_back_by(*statement, now)) return true;
            full = in_time(*known);
            count = 0;
        }
        if (++count >= full) return true;
    }
    return false;
}

std::optional<read_line::time_point> read_line::company_end(time_point now) const {
    if (waiting_.empty() || asking_ > 0) return std::nullopt;
    return is_back_by(waiting_.front().what.name, now);
}

std::size_t read_line::share_of(const std::string& statement) const {
    const cost* known = quick(statement);
    if (known == nullptr) return 1;
    const std::size_t fair = (waiting_.size() + limits_.connections - 1) / limits_.connections;
    return std::min(std::max(fair, in_time(*known)), limits_.trip_max);
}

read_line::trip* read_line::board(time_point now) {
    std::erase_if(waiting_, [](const read& r) { return r.who->has_gone(); });
    if (waiting_.empty()) return nullptr;
    const std::string& statement = waiting_.front().what.name;
    const std::size_t share = share_of(statement);
    trip& t = trips_.emplace_back();
    t.began = now;
    for (auto r = waiting_.begin(); r != waiting_.end() && t.steps.size() < share;) {
        if (r->what.name != statement) {
            ++r;
            continue;
        }
        t.steps.push_back(std::move(r->what));
        t.readers.push_back(std::move(*r));
        r = waiting_.erase(r);
    }
    return &t;
}

void read_line::remember_cost(const std::string& statement, microseconds each) {
    const auto scaled = [](microseconds time, double by) {
        return microseconds{static_cast<microseconds::rep>(static_cast<double>(time.count()) * by)};
    };
    const auto [known, is_new] = costs_.try_emplace(statement, cost{each, each});
    if (is_new) return;
    cost& c = known->second;
    c.most = std::max(each, scaled(c.most, kept_of_cost));
    c.least = std::min(each, scaled(c.least, 1 / kept_of_cost) + microseconds{1});
}

void read_line::arrived(trip& t, outcomes got, time_point now) {
    assert(!got.empty() && got.size() <= t.steps.size());
    const auto took = std::chrono::duration_cast<microseconds>(now - t.began);
    const bool has_refusal = got.back().has_error();
    if (has_refusal) {
        costs_.erase(t.steps.front().name);  // alone until it has succeeded again: nobody is held up twice
    } else {
        remember_cost(t.steps.front().name, took / static_cast<microseconds::rep>(got.size()));
    }
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (t.readers[i].who) t.readers[i].who->complete(std::move(got[i]));
    }
    put_back(t, got.size());
    end(t);
}

void read_line::failed(trip& t, errc why, bool may_repeat) {
    costs_.erase(t.steps.front().name);
    for (read& r : t.readers) {
        const bool has_second_try = may_repeat && std::exchange(r.may_repeat, false);
        if (!has_second_try && r.who) std::exchange(r.who, nullptr)->complete(why);
    }
    put_back(t, 0);
    end(t);
}

void read_line::put_back(trip& t, std::size_t from) {
    const auto head = waiting_.begin();
    for (std::size_t i = from; i < t.readers.size(); ++i) {
        read& r = t.readers[i];
        if (!r.who) continue;
        waiting_.insert(head,
                        read{std::move(t.steps[i]), r.seated_by, r.until, std::move(r.who), r.may_repeat});
    }
}

void read_line::end(trip& t) {
    trips_.remove_if([&t](const trip& other) { return &other == &t; });
}

void read_line::refuse(errc why) {
    for (read& r : std::exchange(waiting_, {})) r.who->complete(why);
}

void read_line::expire(time_point now) {
    for (auto r = waiting_.begin(); r != waiting_.end();) {
        if (r->seated_by > now) {
            ++r;
            continue;
        }
        r->who->complete(errc::timeout);
        r = waiting_.erase(r);
    }
    for (trip& t : trips_) {
        for (read& r : t.readers) {
            if (r.who && r.until <= now) std::exchange(r.who, nullptr)->complete(errc::timeout);
        }
    }
}

std::optional<read_line::time_point> read_line::next_expiry() const {
    std::optional<time_point> earliest;
    const auto consider = [&earliest](time_point at) { earliest = std::min(at, earliest.value_or(at)); };
    for (const read& r : waiting_) consider(r.seated_by);
    for (const trip& t : trips_) {
        for (const read& r : t.readers) {
            if (r.who) consider(r.until);
        }
    }
    return earliest;
}

}  // namespace weir::postgres
