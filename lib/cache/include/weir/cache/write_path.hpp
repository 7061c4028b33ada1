// The write path: performs a write in the database first, and then the invalidation that it owes. perform()
// reads top to bottom.
//
// One per process, on the control side's executor. The names to forget come from the table's change, never
// from the write, so no write can miss one.
#pragma once

#include "weir/cache/invalidation.hpp"
#include "weir/cache/other_consumers.hpp"
#include "weir/cache/ports.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir {

struct write_receipt {
    std::optional<std::string> row;        // JSON; nullopt if no row matched (404)
    std::vector<std::string> invalidated;  // keys, then tags, of this write alone
    // Committed, but a step of the invalidation failed, or another consumer is lagging: relays will do it.
    bool is_pending = false;
};

// What the API calls. `what` outlives the call.
class writer {
 public:
    virtual ~writer() = default;

    // Performs a write. A value means that it is committed; the errors are those of write_store::commit. The
    // deadline bounds the transaction. The invalidation after it ends by its own limits: no answer could take
    // the commit back.
    virtual awaitable<write_result<write_receipt>> perform(const write& what, std::vector<sql_value> values,
                                                           context within) = 0;

    // Invalidates by hand, without a write. Names stand as in L2, with prefix and version. An error says that
    // some node may still hold them: the caller asks again, since no outbox row owes them.
    virtual awaitable<result<void>> invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                               context within) = 0;
};

class write_path final : public writer {
 public:
    // Makes a write path. `others` may be null: this consumer is the only one.
    write_path(boost::asio::any_io_executor executor, invalidation& follows, write_store& store,
               other_consumers* others = nullptr)
        : executor_(std::move(executor)), invalidation_(follows), store_(store), others_(others) {}

    awaitable<write_result<write_receipt>> perform(const write& what, std::vector<sql_value> values,
                                                   context within) override;
    awaitable<result<void>> invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                       context within) override;

 private:
    void settle_soon(const std::vector<outbox_row>& rows);
    awaitable<void> settle_all();

    boost::asio::any_io_executor executor_;
    invalidation& invalidation_;
    write_store& store_;
    other_consumers* others_;
    std::vector<std::int64_t> to_settle_;
    bool is_settling_ = false;
};

}  // namespace weir
