#include "rivals.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <list>
#include <set>
#include <utility>
#include <vector>

namespace weir::replay {
namespace {

using key = std::uint32_t;

// A list of keys from the newest (front) to the oldest, with each key's place in it.
class queue {
 public:
    explicit queue(std::size_t keys) : places_(keys), holds_(keys) {}

    bool holds(key k) const { return holds_[k]; }
    std::size_t size() const { return list_.size(); }
    key oldest() const { return list_.back(); }
    void push(key k) {
        places_[k] = list_.insert(list_.begin(), k);
        holds_[k] = true;
    }
    void erase(key k) {
        list_.erase(places_[k]);
        holds_[k] = false;
    }
    key pop() {
        const key k = oldest();
        erase(k);
        return k;
    }
    bool is_newest(key k) const { return list_.front() == k; }
    key newer(key k) const { return *std::prev(places_[k]); }

 private:
    std::list<key> list_;
    std::vector<std::list<key>::iterator> places_;
    std::vector<bool> holds_;
};

template <typename Access>
double ratio(const trace& of, Access access) {
    std::size_t hits = 0;
    for (const key k : of.requests) hits += access(k) ? 1U : 0U;
    return static_cast<double>(hits) / static_cast<double>(of.requests.size());
}

class s3_fifo_policy {
 public:
    s3_fifo_policy(std::size_t entries, std::size_t keys, int hits_to_stay)
        : entries_(entries),
          small_max_(std::max<std::size_t>(1, entries / 10)),
          hits_to_stay_(hits_to_stay),
          small_(keys),
          main_(keys),
          ghosts_(keys),
          hits_(keys) {}

    bool access(key k) {
        if (small_.holds(k) || main_.holds(k)) {
            hits_[k] = std::min(hits_[k] + 1, 3);
            return true;
        }
        while (small_.size() + main_.size() >= entries_) evict();
        hits_[k] = 0;
        if (ghosts_.holds(k)) {
            ghosts_.erase(k);
            main_.push(k);
        } else {
            small_.push(k);
        }
        return false;
    }

 private:
    void evict() {
        if (small_.size() >= small_max_ || main_.size() == 0) {
            const key k = small_.pop();
            if (hits_[k] >= hits_to_stay_) {
                hits_[k] = 0;
                main_.push(k);
            } else {
                ghosts_.push(k);
                if (ghosts_.size() > entries_ - small_max_) ghosts_.pop();
            }
        } else {
            const key k = main_.pop();
            if (hits_[k]-- > 0) main_.push(k);
        }
    }

    const std::size_t entries_;
    const std::size_t small_max_;
    const int hits_to_stay_;
    queue small_;
    queue main_;
    queue ghosts_;
    std::vector<int> hits_;
};

class arc_policy {
 public:
    arc_policy(std::size_t entries, std::size_t keys)
        : c_(static_cast<double>(entries)), entries_(entries), t1_(keys), t2_(keys), b1_(keys), b2_(keys) {}

    bool access(key k) {
        if (t1_.holds(k) || t2_.holds(k)) {
            (t1_.holds(k) ? t1_ : t2_).erase(k);
            t2_.push(k);
            return true;
        }
        if (b1_.holds(k) || b2_.holds(k)) {
            come_back(k);
        } else {
            make_room(k);
            t1_.push(k);
        }
        return false;
    }

 private:
    static double size(const queue& q) { return static_cast<double>(q.size()); }

    void come_back(key k) {
        const bool was_recent = b1_.holds(k);
        p_ = was_recent ? std::min(c_, p_ + std::max(1.0, size(b2_) / size(b1_)))
                        : std::max(0.0, p_ - std::max(1.0, size(b1_) / size(b2_)));
        replace(k);
        (was_recent ? b1_ : b2_).erase(k);
        t2_.push(k);
    }

    void make_room(key k) {
        const std::size_t recent = t1_.size() + b1_.size();
        const std::size_t all = recent + t2_.size() + b2_.size();
        if (recent == entries_) {
            if (t1_.size() < entries_) {
                b1_.pop();
                replace(k);
            } else {
                t1_.pop();
            }
        } else if (all >= entries_) {
            if (all == 2 * entries_) b2_.pop();
            replace(k);
        }
    }

    void replace(key k) {
        const bool is_recents_turn = t1_.size() > 0 && (size(t1_) > p_ || (b2_.holds(k) && size(t1_) == p_));
        if (is_recents_turn) {
            b1_.push(t1_.pop());
        } else {
            b2_.push(t2_.pop());
        }
    }

    const double c_;
    const std::size_t entries_;
    double p_ = 0;
    queue t1_;
    queue t2_;
    queue b1_;
    queue b2_;
};

// For each request, when its key is asked for next.
std::vector<std::size_t> next_requests(const trace& of) {
    std::vector<std::size_t> next(of.requests.size());
    std::vector<std::size_t> seen(of.keys, SIZE_MAX);
    for (std::size_t i = next.size(); i-- > 0;) next[i] = std::exchange(seen[of.requests[i]], i);
    return next;
}

}  // namespace

double lru(const trace& of, std::size_t entries) {
    queue held(of.keys);
    return ratio(of, [&](key k) {
        const bool is_hit = held.holds(k);
        if (is_hit) held.erase(k);
        if (held.size() == entries) held.pop();
        held.push(k);
        return is_hit;
    });
}

double sieve(const trace& of, std::size_t entries) {
    queue held(of.keys);
    std::vector<bool> is_visited(of.keys);
    constexpr key none = UINT32_MAX;
    key hand = none;
    const auto move = [&] { hand = held.is_newest(hand) ? none : held.newer(hand); };
    return ratio(of, [&](key k) {
        if (held.holds(k)) return static_cast<bool>(is_visited[k] = true);
        if (held.size() == entries) {
            if (hand == none) hand = held.oldest();
            while (is_visited[hand]) {
                is_visited[hand] = false;
                move();
                if (hand == none) hand = held.oldest();
            }
            const key evicted = hand;
            move();
            held.erase(evicted);
        }
        is_visited[k] = false;
        held.push(k);
        return false;
    });
}

double s3_fifo(const trace& of, std::size_t entries, int hits_to_stay) {
    s3_fifo_policy policy(entries, of.keys, hits_to_stay);
    return ratio(of, [&](key k) { return policy.access(k); });
}

double arc(const trace& of, std::size_t entries) {
    arc_policy policy(entries, of.keys);
    return ratio(of, [&](key k) { return policy.access(k); });
}

double optimal(const trace& of, std::size_t entries) {
    const auto next = next_requests(of);
    std::set<std::pair<std::size_t, key>> held;  // by the next request
    std::vector<std::size_t> wanted(of.keys, 0);
    std::vector<bool> holds(of.keys);
    std::size_t at = 0;
    return ratio(of, [&](key k) {
        const bool is_hit = holds[k];
        if (is_hit) {
            held.erase({wanted[k], k});
        } else if (held.size() == entries) {
            const auto last = std::prev(held.end());
            holds[last->second] = false;
            held.erase(last);
        }
        holds[k] = true;
        wanted[k] = next[at++];
        held.emplace(wanted[k], k);
        return is_hit;
    });
}

}  // namespace weir::replay
