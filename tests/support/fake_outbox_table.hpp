// The outbox table of the fake database: what weir.outbox and its statements do, in memory. Not thread-safe:
// the fake database's mutex is held around every call.
#pragma once

#include "weir/policy/invalidation.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace weir::fake {

class outbox_table {
 public:
    // Due after `wait`.
    outbox_row record(row_image image, bool is_bulk, milliseconds wait);

    // Locked until unlock(): others skip them.
    std::vector<outbox_row> lock_due(std::size_t most);
    void unlock(const std::vector<outbox_row>& rows, bool are_delivered);

    void settle(const std::vector<std::int64_t>& ids);
    bool admit(const std::string& identity);
    std::size_t forget(milliseconds retention, std::size_t most);

    std::vector<outbox_row> pending() const;
    std::size_t retained() const;  // settled and not forgotten

 private:
    struct entry {
        row_image image;
        bool is_bulk = false;
        bool is_replay = false;
        bool is_settled = false;
        bool is_locked = false;
        bool is_overtaken = false;  // replayed while it was locked: what unlocks it does not settle it
        steady_clock::time_point recorded_at;
        steady_clock::time_point due_at;
        steady_clock::time_point settled_at;
    };
    static outbox_row row_of(std::int64_t id, const entry& from);

    std::map<std::int64_t, entry> entries_;
    std::set<std::string> identities_;
    std::int64_t next_id_ = 1;
};

}  // namespace weir::fake
