// The write path: the database write first, then the deletes it owes. apply() reads top to bottom.
//
// One per process, on the control side's executor. The related keys come from the table's change, never from
// the write, so no write can forget them.
#pragma once

#include "weir/cache/invalidator.hpp"
#include "weir/cache/ports.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct write_receipt {
    std::optional<std::string> row;        // JSON; nothing when no row matched (404)
    std::vector<std::string> invalidated;  // keys, then tags
    bool is_pending = false;  // committed, but L2 could not be reached: the relay owes the deletes
};

// What http calls. `what` outlives the call.
class writer {
 public:
    virtual ~writer() = default;

    // The errors of write_store::commit; a value means committed.
    virtual awaitable<result<write_receipt>> perform(const write& what, std::vector<sql_value> values,
                                                   context within) = 0;

    // A manual refresh: deletes without a write. Names as they stand in L2, with prefix and version.
    virtual awaitable<result<void>> invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                               context within) = 0;
};

class write_path final : public writer {
 public:
    write_path(boost::asio::any_io_executor executor, invalidator& deletes, write_store& store)
        : executor_(std::move(executor)), invalidator_(deletes), store_(store) {}

    awaitable<result<write_receipt>> perform(const write& what, std::vector<sql_value> values,
                                           context within) override;
    awaitable<result<void>> invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                       context within) override;

 private:
    void settle_soon(const std::vector<outbox_row>& rows);
    awaitable<void> settle_all();

    boost::asio::any_io_executor executor_;
    invalidator& invalidator_;
    write_store& store_;
    std::vector<std::int64_t> to_settle_;
    bool is_settling_ = false;
};

}  // namespace weir
