// What was written, and therefore what may no longer be answered: the rule that the whole run is judged by.
//
// Pure: every time is an argument, counted from the start of the run on one steady clock. One thread. Grows
// by 24 bytes with each write and forgets nothing, so that an answer from long ago is still told by how much
// it is stale.
//
// The rule: a GET that began after a write was acknowledged may not show an older version of its row. A write
// that nobody acknowledged ("pending", or one that bypassed Weir) promises nothing at once: how long it went
// unseen is kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace weir::checker {

using moment = std::chrono::microseconds;

enum class write_kind { acknowledged, pending, bypassing };

struct known_write {
    int version = 0;
    write_kind kind = write_kind::acknowledged;
    moment at{};          // the writer knew by then
    moment unseen_for{};  // the last GET that missed it began so long after it
};

struct violation {
    int expected = 0;          // the newest version acknowledged before the GET began
    moment acknowledged_at{};  // of the first acknowledged write that the answer lacks
    moment staleness{};        // how long that was before the GET began
};

struct verdict {
    bool lacks_a_write = false;  // of any kind: worth asking again, to see for how long
    std::optional<violation> broken;
};

constexpr int absent = -1;          // the answer had no such row, though rows are never deleted
constexpr int never_expected = -2;  // violation.expected: the answer shows a version that nobody has written

class history {
 public:
    // Every row begins with version 0, acknowledged before all.
    explicit history(std::size_t rows);

    std::size_t rows() const { return rows_.size(); }

    // The next version of a row. Its writer has the row to itself until it knows the outcome, so versions
    // ascend; one whose outcome stays unknown is never wrote(), and the database refuses it once a later one
    // is there.
    int issue(std::size_t row);
    void wrote(std::size_t row, int version, write_kind kind, moment at);

    verdict read(std::size_t row, int version, moment began);

    // One value for each write of that kind; zero for one that no GET has missed.
    std::vector<moment> unseen_times(write_kind kind) const;

 private:
    struct row_history {
        int issued = 0;
        std::vector<known_write> writes;  // versions and times ascend
    };
    std::vector<row_history> rows_;
};

}  // namespace weir::checker
