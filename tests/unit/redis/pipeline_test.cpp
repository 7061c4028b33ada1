// The rules of one connection, with a clock that stands still and no server.
#include "weir/redis/pipeline.hpp"

#include "weir/redis/command.hpp"

#include "support/catch.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::pipeline_test {
namespace {

using namespace weir::redis;

const pipeline::time_point start{};

pipeline::time_point at(int ms) {
    return start + milliseconds{ms};
}

// Remembers what it was told.
struct recorder final : pipeline::waiter {
    void complete(result<reply> outcome) override { told.push_back(std::move(outcome)); }
    bool is_told() const { return !told.empty(); }
    std::string text() const { return *told.at(0)->as<std::string>(); }
    errc error() const { return static_cast<errc>(told.at(0).error().value()); }

    std::vector<result<reply>> told;
};

std::shared_ptr<recorder> ask(pipeline& p, int until_ms = 100, int now_ms = 0, std::string_view wire = "x") {
    auto who = std::make_shared<recorder>();
    const auto added = p.add(wire, 1, at(until_ms), at(now_ms), who);
    REQUIRE(added.has_value());
    return who;
}

TEST_CASE("replies go to those who asked in the order in which they asked") {
    pipeline p({});
    const auto a = ask(p);
    const auto b = ask(p);
    const auto c = ask(p);
    REQUIRE(p.receive("$1\r\nA\r\n$1\r\nB\r").has_value());
    REQUIRE(a->text() == "A");
    REQUIRE_FALSE(b->is_told());
    REQUIRE(p.receive("\n$1\r\nC\r\n").has_value());
    REQUIRE(b->text() == "B");
    REQUIRE(c->text() == "C");
    REQUIRE(p.pending() == 0);
}

TEST_CASE("one waiter for several commands is told every reply in order") {
    pipeline p({});
    const auto who = std::make_shared<recorder>();
    REQUIRE(p.add("xyz", 3, at(10), at(0), who).has_value());
    REQUIRE(p.receive(":1\r\n:2\r\n:3\r\n").has_value());
    REQUIRE(who->told.size() == 3);
    REQUIRE(*who->told[2]->as<std::int64_t>() == 3);
}

TEST_CASE("what is added while a write goes on leaves with the next one") {
    pipeline p({});
    ask(p, 100, 0, "one");
    ask(p, 100, 0, "two");
    REQUIRE(p.take_unsent() == "onetwo");
    REQUIRE_FALSE(p.has_unsent());
    ask(p, 100, 0, "three");
    REQUIRE(p.take_unsent() == "three");
    REQUIRE(p.take_unsent().empty());
}

TEST_CASE("a missed deadline fails that command and condemns the connection") {
    pipeline p({.patience_min = milliseconds{20}});
    const auto a = ask(p, 50);
    const auto b = ask(p, 80);
    REQUIRE(p.next_expiry() == at(50));
    REQUIRE(p.expire(at(49)).has_value());
    REQUIRE_FALSE(a->is_told());
    const auto judged = p.expire(at(50));
    REQUIRE(judged.error() == errc::timeout);
    REQUIRE(a->error() == errc::timeout);
    REQUIRE_FALSE(b->is_told());
    p.close(errc::unavailable);
    REQUIRE(b->error() == errc::unavailable);
    REQUIRE(a->told.size() == 1);
    REQUIRE(p.timeouts() == 1);
}

TEST_CASE("a caller with hardly any time left fails alone") {
    pipeline p({.patience_min = milliseconds{20}});
    const auto hurried = ask(p, 2);
    const auto other = ask(p, 100);
    REQUIRE(p.expire(at(2)).has_value());
    REQUIRE(hurried->error() == errc::timeout);
    REQUIRE(p.next_expiry() == at(20));
    SECTION("and its late reply is dropped and not given to another") {
        REQUIRE(p.receive("$4\r\nlate\r\n$4\r\nmine\r\n").has_value());
        REQUIRE(hurried->told.size() == 1);
        REQUIRE(other->text() == "mine");
    }
    SECTION("but the silence still counts once it has lasted") {
        REQUIRE(p.expire(at(19)).has_value());
        REQUIRE(p.expire(at(20)).error() == errc::timeout);
    }
}

TEST_CASE("the earliest deadline counts wherever it stands in the queue") {
    pipeline p({});
    ask(p, 900);
    ask(p, 40);
    ask(p, 600);
    REQUIRE(p.next_expiry() == at(40));
    REQUIRE_FALSE(pipeline({}).next_expiry().has_value());
}

TEST_CASE("pending commands are bounded and refused all or none") {
    pipeline p({.pending_max = 3});
    ask(p);
    const auto who = std::make_shared<recorder>();
    REQUIRE(p.add("abc", 3, at(10), at(0), who).error() == errc::overloaded);
    REQUIRE(p.pending() == 1);
    REQUIRE(p.take_unsent() == "x");
    REQUIRE(p.add("ab", 2, at(10), at(0), who).has_value());
}

TEST_CASE("unsent bytes are bounded and those in a write count") {
    pipeline p({.unsent_bytes_max = 10});
    ask(p, 10, 0, "12345");
    const std::string in_write = p.take_unsent();
    const auto who = std::make_shared<recorder>();
    REQUIRE(p.add("123456", 1, at(10), at(0), who).error() == errc::overloaded);
    REQUIRE(p.add("12345", 1, at(10), at(0), who).has_value());
    p.take_unsent();  // the first was sent
    REQUIRE(p.add("12345", 1, at(10), at(0), who).has_value());
}

TEST_CASE("a reply without a command is a protocol error") {
    pipeline p({});
    REQUIRE(p.receive("+OK\r\n").error() == errc::protocol);
}

TEST_CASE("garbage is a protocol error after the replies before it were given") {
    pipeline p({});
    const auto a = ask(p);
    const auto b = ask(p);
    REQUIRE(p.receive("$1\r\nA\r\nHTTP/1.1 400 Bad Request\r\n").error() == errc::protocol);
    REQUIRE(a->text() == "A");
    p.close(errc::protocol);
    REQUIRE(b->error() == errc::protocol);
}

TEST_CASE("a reply beyond its bound is a protocol error before all of it was kept") {
    pipeline p({.reply_bytes_max = 1000});
    ask(p);
    REQUIRE(p.receive("$1000000\r\n").has_value());
    REQUIRE(p.receive(std::string(500, 'x')).has_value());
    REQUIRE(p.receive(std::string(600, 'x')).error() == errc::protocol);
}

TEST_CASE("many small replies are no large one") {
    pipeline p({.reply_bytes_max = 100});
    for (int i = 0; i < 100; ++i) {
        const auto a = ask(p);
        REQUIRE(p.receive("$20\r\n12345678901234567890\r\n").has_value());
        REQUIRE(a->is_told());
    }
}

TEST_CASE("every kind of reply is kept as what it is") {
    pipeline p({});
    const auto who = std::make_shared<recorder>();
    REQUIRE(p.add("abcdef", 6, at(10), at(0), who).has_value());
    REQUIRE(
        p.receive("+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$0\r\n\r\n*3\r\n:1\r\n$1\r\na\r\n*-1\r\n").has_value());
    REQUIRE(*who->told[0]->as<status>() == status{"OK"});
    REQUIRE(who->told[1]->as<error_reply>()->kind() == "ERR");
    REQUIRE(*who->told[2]->as<std::int64_t>() == -7);
    REQUIRE(who->told[3]->as<nil>() != nullptr);
    REQUIRE(who->told[4]->as<std::string>()->empty());
    const auto& items = *who->told[5]->as<std::vector<reply>>();
    REQUIRE(items.size() == 3);
    REQUIRE(*items[1].as<std::string>() == "a");
    REQUIRE(items[2].as<nil>() != nullptr);
}

TEST_CASE("an error reply means unavailable while the server can serve no client") {
    for (const auto* text :
         {"LOADING Redis is loading", "READONLY You can't write", "MASTERDOWN Link with MASTER"}) {
        REQUIRE(to_errc(error_reply{text}) == errc::unavailable);
    }
    for (const auto* text :
         {"ERR unknown", "OOM command not allowed", "NOAUTH Authentication required", "WRONGTYPE x", ""}) {
        REQUIRE(to_errc(error_reply{text}) == errc::rejected);
    }
}

TEST_CASE("an error reply that a script of an old Redis repeats is recognised") {
    const std::string script = "ERR Error running script (call to f_a): @user_script:1: @user_script: 1: -";
    REQUIRE(to_errc(error_reply{script + "READONLY You can't write against a read only replica."}) ==
            errc::unavailable);
    REQUIRE(refuses_writes(error_reply{script + "MISCONF Redis is configured to save"}));
    REQUIRE(to_errc(error_reply{script + "WRONGTYPE Operation against a key"}) == errc::rejected);
    REQUIRE(to_errc(error_reply{"ERR no such thing: -READONLY"}) == errc::rejected);
    REQUIRE_FALSE(refuses_writes(error_reply{"LOADING Redis is loading"}));
}

TEST_CASE("an error reply to all writes reaches its waiter and ends the connection") {
    pipeline p({});
    const auto a = ask(p);
    const auto b = ask(p);
    REQUIRE(p.receive("-READONLY You can't write\r\n:1\r\n").error() == errc::unavailable);
    REQUIRE(a->told.at(0)->as<error_reply>() != nullptr);
    REQUIRE(*b->told.at(0)->as<std::int64_t>() == 1);
    REQUIRE(p.pending() == 0);
}

TEST_CASE("a command is formatted with lengths so that any bytes may be in it") {
    std::string value = "a\r\n";
    value.push_back('\0');
    std::string wire = ">";
    append_formatted({"SET", "k", value}, wire);
    std::string expected = ">*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\na\r\n";
    expected.push_back('\0');
    REQUIRE(wire == expected + "\r\n");
}

}  // namespace

}  // namespace weir::pipeline_test
