// The two buses that the contract is run against: the fake, and Redis behind its adapter. A test is one
// coroutine that speaks as several nodes.
#pragma once

#include "weir/adapters/redis_bus.hpp"
#include "weir/async/task.hpp"
#include "weir/redis/client.hpp"

#include "support/catch.hpp"
#include "support/fake_bus.hpp"
#include "support/run.hpp"
#include "support/servers.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <list>
#include <string>
#include <utility>

namespace weir::test {

class bus_world {
 public:
    using story = awaitable<void> (*)(bus_world&);

    virtual ~bus_world() = default;

    virtual bus_transport& node() = 0;  // another one with every call
    virtual awaitable<void> pass(milliseconds time) = 0;
    virtual void clear() = 0;
    virtual void break_down() = 0;

    // Runs the story to its end; a failed REQUIRE in it leaves from here.
    virtual void tell(story s) = 0;

 protected:
    void tell_and(story s, const std::function<void()>& at_end) { run(context_, s(*this), at_end); }

    boost::asio::io_context context_{1};
};

class fake_bus_world final : public bus_world {
 public:
    bus_transport& node() override { return nodes_.emplace_back(bus_); }
    awaitable<void> pass(milliseconds time) override {
        bus_.advance(time);
        co_return;
    }
    void clear() override { bus_.clear(); }
    void break_down() override {
        for (fake::bus_node& n : nodes_) {
            n.end_subscription(errc::unavailable);
            for (const auto call : {fake::bus_call::open, fake::bus_call::join, fake::bus_call::leave,
                                    fake::bus_call::announce, fake::bus_call::acknowledge})
                n.fail(call, errc::unavailable);
        }
    }
    void tell(story s) override {
        tell_and(s, [] {});
    }

 private:
    fake::bus bus_;
    std::list<fake::bus_node> nodes_;
};

// The nodes share the connection for commands and have a subscriber each.
class redis_bus_world final : public bus_world {
 public:
    bus_transport& node() override { return nodes_.emplace_back(context_, options_, client_).transport; }
    awaitable<void> pass(milliseconds time) override { return sleep_for(time); }
    void clear() override { redis_.command({"FLUSHALL"}); }
    void break_down() override { redis_.kill_hard(); }
    void tell(story s) override {
        start(context_.get_executor(), "redis client", client_.run());
        while (!client_.is_connected() && context_.run_one() > 0) {
        }
        tell_and(s, [this] {
            client_.stop();
            for (member& m : nodes_) m.messages.close();
        });
    }

 private:
    struct member {
        member(boost::asio::io_context& context, const redis::options& o, redis::client& client)
            : messages(context.get_executor(), o), transport(client, messages, "weir:v1") {}
        redis::subscriber messages;
        redis_bus transport;
    };

    private_redis redis_;
    redis::options options_ = std::get<redis::options>(redis::parse_url(redis_.url()));
    redis::client client_{context_.get_executor(), options_};
    std::list<member> nodes_;
};

}  // namespace weir::test
