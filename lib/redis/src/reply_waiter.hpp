// One caller's wait for the replies to its commands: a pipeline::waiter around an Asio completion handler.
//
// The handler is posted, never called in place. A caller that resumed inside the reader could come back with
// its next command while the pipeline still hands out replies. A cancelled caller leaves at once; its
// commands keep their position in the queue.
#pragma once

#include "weir/redis/pipeline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>

#include <cassert>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace weir::redis {

using replies = std::vector<reply>;

template <class Handler>
class reply_waiter final : public pipeline::waiter {
 public:
    reply_waiter(Handler handler, std::size_t count, boost::asio::any_io_executor executor)
        : handler_(std::move(handler)), count_(count), executor_(std::move(executor)) {
        received_.reserve(count);
    }

    static void let_cancel(const std::shared_ptr<reply_waiter>& caller) {
        auto slot = boost::asio::get_associated_cancellation_slot(*caller->handler_);
        if (!slot.is_connected()) return;
        // Weak, because the slot may outlive this waiter.
        slot.assign([weak = std::weak_ptr(caller)](boost::asio::cancellation_type) {
            if (const auto self = weak.lock()) self->finish(errc::cancelled);
        });
    }

    void complete(result<reply> outcome) override {
        if (!handler_) return;
        if (!outcome) return finish(outcome.error());
        assert(received_.size() < count_);
        received_.push_back(std::move(*outcome));
        if (received_.size() == count_) finish(std::move(received_));
    }

    void finish(result<replies> outcome) {
        if (!handler_) return;
        const auto executor = boost::asio::get_associated_executor(*handler_, executor_);
        boost::asio::post(executor, [handler = std::move(*handler_), outcome = std::move(outcome)]() mutable {
            std::move(handler)(std::move(outcome));
        });
        handler_.reset();
    }

 private:
    std::optional<Handler> handler_;  // empty once it was called
    std::size_t count_;
    boost::asio::any_io_executor executor_;
    replies received_;
};

}  // namespace weir::redis
