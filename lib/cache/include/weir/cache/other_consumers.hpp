// Waits until the other consumers of the outbox know of a write: until each that is alive and declares
// a table of the write has marked its rows.
//
// The rows of all writes that wait are asked for together, one query at a time. A consumer that misses the
// end of a wait is lagging. While it is, writes that concern it wait no longer for it: they are pending at
// once. It has caught up when it has marked the last row that it missed.
//
// One per process, on control's executor.
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/consumer.hpp"
#include "weir/cache/ports.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace weir {

class other_consumers {
 public:
    // Makes it. `patience` bounds a wait. The references outlive the object.
    other_consumers(boost::asio::any_io_executor executor, milliseconds patience, write_store& store,
                    const consumer& self, prometheus::Registry& registry);

    // Returns true once all others have marked these rows, at once if there are no others. Returns false if
    // one of them is lagging, or the database cannot be asked. The rows are committed.
    awaitable<bool> wait(const std::vector<outbox_row>& rows);

 private:
    struct waiter {
        std::vector<std::int64_t> rows;
        deadline until = deadline::in(milliseconds{0});
        bool have_all_marked = false;
        event concluded;
    };
    using waiters = std::vector<std::shared_ptr<waiter>>;

    awaitable<void> watch();
    awaitable<void> ask_while_waited_for();
    void conclude(const waiters& asked, const std::vector<missing_mark>& missing);
    void end_all();
    void end(const std::shared_ptr<waiter>& one, bool have_all_marked);

    boost::asio::any_io_executor executor_;
    milliseconds patience_;
    write_store& store_;
    const consumer& self_;
    waiters waiting_;
    bool is_watching_ = false;
    std::map<int, std::int64_t> lagging_;  // by consumer, the last row that it missed
    prometheus::Counter& marked_;
    prometheus::Counter& missed_;
};

}  // namespace weir
