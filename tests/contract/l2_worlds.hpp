// The two L2s that the contract is run against: the fake, and Redis behind its adapter. A test is one
// coroutine that speaks to the store, and looks past it at what is really there.
#pragma once

#include "weir/adapters/redis_l2.hpp"
#include "weir/async/task.hpp"
#include "weir/policy/key.hpp"
#include "weir/redis/client.hpp"

#include "support/catch.hpp"
#include "support/fake_l2.hpp"
#include "support/run.hpp"
#include "support/servers.hpp"
#include "support/soon.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace weir::test {

class l2_world {
 public:
    using story = awaitable<void> (*)(l2_world&);

    virtual ~l2_world() = default;

    virtual l2_store& store() = 0;
    virtual std::optional<std::string> value(const std::string& key) = 0;
    virtual std::optional<std::string> lease(const std::string& key) = 0;
    virtual void put(const std::string& key, const std::string& value) = 0;
    virtual void evict_lease(const std::string& key) = 0;
    virtual void clear() = 0;
    virtual awaitable<void> pass(milliseconds time) = 0;
    virtual void break_down() = 0;

    // Runs the story to its end; a failed REQUIRE in it leaves from here.
    virtual void tell(story s) = 0;

 protected:
    void tell_and(story s, const std::function<void()>& at_end) { run(context_, s(*this), at_end); }

    boost::asio::io_context context_{1};
};

class fake_l2_world final : public l2_world {
 public:
    l2_store& store() override { return store_; }
    std::optional<std::string> value(const std::string& key) override { return redis_.value(key); }
    std::optional<std::string> lease(const std::string& key) override { return redis_.lease(key); }
    void put(const std::string& key, const std::string& value) override {
        redis_.put(key, value, seconds{60});
    }
    void evict_lease(const std::string& key) override { redis_.evict_lease(key); }
    void clear() override { redis_.clear(); }
    awaitable<void> pass(milliseconds time) override {
        redis_.advance(time);
        co_return;
    }
    void break_down() override { redis_.fail(errc::unavailable); }
    void tell(story s) override {
        tell_and(s, [] {});
    }

 private:
    fake::l2 redis_;
    fake::l2_store store_{redis_};
};

class redis_l2_world final : public l2_world {
 public:
    l2_store& store() override { return store_; }
    std::optional<std::string> value(const std::string& key) override { return look(key); }
    std::optional<std::string> lease(const std::string& key) override { return look(lease_key(key)); }
    void put(const std::string& key, const std::string& value) override {
        redis_.command({"SET", key, value, "EX", "60"});
    }
    void evict_lease(const std::string& key) override { redis_.command({"DEL", lease_key(key)}); }
    void clear() override { redis_.command({"FLUSHALL"}); }
    awaitable<void> pass(milliseconds time) override { return sleep_for(time); }
    void break_down() override { redis_.kill_hard(); }
    private_redis& server() { return redis_; }
    void tell(story s) override {
        start(context_.get_executor(), "redis client", client_.run());
        while (!client_.is_connected() && context_.run_one() > 0) {
        }
        tell_and(s, [this] { client_.stop(); });
    }

 private:
    std::optional<std::string> look(const std::string& name) {
        if (redis_.command({"EXISTS", name}) == "0") return std::nullopt;
        return redis_.command({"GET", name});
    }

    private_redis redis_;
    redis::client client_{context_.get_executor(), std::get<redis::options>(redis::parse_url(redis_.url()))};
    redis_l2 store_{client_};
};

// What the stories are about, and how long a step of theirs may take.
inline const std::string key = "weir:v1:products:item:p1";

}  // namespace weir::test

#define FOR_EVERY_L2(name) \
    TEMPLATE_TEST_CASE(name, "[contract]", weir::test::fake_l2_world, weir::test::redis_l2_world)
