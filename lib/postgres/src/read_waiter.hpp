// One caller's wait for the table of its read: a read_queue::waiter around an Asio completion handler.
//
// The handler is posted, never called in place. A caller that resumed while the queue hands out tables could
// come back with its next read. A cancelled caller leaves at once; its read is not sent, or its table is
// dropped.
#pragma once

#include "weir/postgres/read_queue.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace weir::postgres {

template <class Handler>
class read_waiter final : public read_queue::waiter {
 public:
    read_waiter(Handler handler, boost::asio::any_io_executor executor)
        : handler_(std::move(handler)), executor_(std::move(executor)) {}

    static void let_cancel(const std::shared_ptr<read_waiter>& caller) {
        auto slot = boost::asio::get_associated_cancellation_slot(*caller->handler_);
        if (!slot.is_connected()) return;
        // Weak, because the slot may outlive this waiter.
        slot.assign([weak = std::weak_ptr(caller)](boost::asio::cancellation_type) {
            if (const auto self = weak.lock()) self->complete(errc::cancelled);
        });
    }

    void complete(result<table> outcome) override {
        if (!handler_) return;
        const auto executor = boost::asio::get_associated_executor(*handler_, executor_);
        boost::asio::post(executor, [handler = std::move(*handler_), outcome = std::move(outcome)]() mutable {
            std::move(handler)(std::move(outcome));
        });
        handler_.reset();
    }

    bool is_cancelled() const override { return !handler_; }

 private:
    std::optional<Handler> handler_;  // empty once it was called
    boost::asio::any_io_executor executor_;
};

}  // namespace weir::postgres
