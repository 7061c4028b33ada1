// The outbox table of the fake database: what weir.outbox, weir.consumers and their statements do, in memory.
// Not thread-safe: the fake database's mutex is held around every call.
//
// Consumer 0 stands for a caller that has not entered. It is never counted as alive, and may mark all the
// same: a test with one consumer need not register it.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/policy/invalidation.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace weir::fake {

class outbox_table {
 public:
    registration enter(const consumer_facts& as);
    bool open(int consumer, const std::vector<std::string>& identities);
    void leave(int consumer, milliseconds left);

    // Due after `wait` for its writer, and at once for others.
    outbox_row record(row_image image, bool is_bulk, milliseconds wait, int writer);

    // Locked until unlock(): others of the same consumer skip them.
    std::vector<outbox_row> lock_due(int consumer, std::size_t most);
    void unlock(int consumer, const std::vector<outbox_row>& rows, bool are_delivered);

    void settle(int consumer, const std::vector<std::int64_t>& ids);
    std::vector<missing_mark> missing_marks(int consumer, const std::vector<std::int64_t>& ids) const;
    bool admit(int consumer, const std::string& identity);
    std::size_t forget(milliseconds retention, std::size_t most);

    std::vector<outbox_row> pending() const;
    std::size_t retained() const;  // settled and not forgotten

 private:
    struct entry {
        row_image image;
        bool is_bulk = false;
        bool is_settled = false;
        int writer = 0;
        std::set<int> delivered;
        std::set<int> replays;
        std::set<int> locked;
        std::set<int> overtaken;  // replayed while it was locked: what unlocks it does not mark it
        steady_clock::time_point recorded_at;
        steady_clock::time_point due_at;
        steady_clock::time_point settled_at;
    };
    struct member {
        std::string name;
        std::set<std::string> tables;
        std::int64_t incarnation = 1;
        bool is_open = false;
        milliseconds retention{};
        steady_clock::time_point expires_at;
    };
    static outbox_row row_of(std::int64_t id, const entry& from);
    bool is_alive(int consumer) const;
    bool may_mark(int consumer) const { return consumer == 0 || is_alive(consumer); }
    bool declares(int consumer, const entry& e) const;
    bool has_others(int consumer) const;
    std::int64_t oldest_owed(int consumer) const;
    std::set<int> missing(const entry& e) const;
    void mark(int consumer, entry& e);
    void sweep();

    std::map<std::int64_t, entry> entries_;
    std::map<int, member> members_;
    std::set<std::pair<int, std::string>> identities_;
    std::int64_t next_id_ = 1;
};

}  // namespace weir::fake
