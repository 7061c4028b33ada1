// One caller's wait for the table of its read: a read_line::waiter around an Asio completion handler.
//
// The handler is posted, never called in place: a caller that is resumed while the line hands out tables
// could come back with its next read. Cancelled, the caller leaves at once; its read is not sent, or its
// table dropped.
#pragma once

#include "weir/postgres/read_line.hpp"

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
class read_waiter final : public read_line::waiter {
 public:
    read_waiter(Handler handler, boost::asio::any_io_executor executor)
        : handler_(std::move(handler)), executor_(std::move(executor)) {}

    static void let_cancel(const std::shared_ptr<read_waiter>& who) {
        auto slot = boost::asio::get_associated_cancellation_slot(*who->handler_);
        if (!slot.is_connected()) return;
        // Weak: the slot may live on in the caller after we are done.
        slot.assign([weak = std::weak_ptr(who)](boost::asio::cancellation_type) {
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

    bool has_gone() const override { return !handler_; }

 private:
    std::optional<Handler> handler_;  // nothing once it was told
    boost::asio::any_io_executor executor_;
};

}  // namespace weir::postgres
