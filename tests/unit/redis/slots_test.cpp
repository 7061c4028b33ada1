#include "weir/redis/slots.hpp"

#include "support/catch.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir::slots_test {
namespace {

using namespace weir::redis;

const server_address here{"10.0.0.1", 6379, ""};

reply node(std::string host, std::int64_t port) {
    return reply{std::vector<reply>{reply{std::move(host)}, reply{port}, reply{std::string("id")}}};
}

reply range(std::int64_t first, std::int64_t last, std::vector<reply> nodes) {
    std::vector<reply> parts{reply{first}, reply{last}};
    for (reply& n : nodes) parts.push_back(std::move(n));
    return reply{std::move(parts)};
}

// As CLUSTER KEYSLOT of Redis 7 answers.
TEST_CASE("a key is in the slot that Redis gives it") {
    REQUIRE(slot_of("") == 0);
    REQUIRE(slot_of("123456789") == 0x31C3);
    REQUIRE(slot_of("foo") == 12182);
    REQUIRE(slot_of("weir:v1:products:item:p1") == 1625);
    REQUIRE(slot_of("\xff\xfe") == 3374);
}

TEST_CASE("a key with a hash tag is where the tag is") {
    REQUIRE(slot_of("weir:lease:{weir:v1:products:item:p1}") == slot_of("weir:v1:products:item:p1"));
    REQUIRE(slot_of("a{foo}b{bar}") == slot_of("foo"));
    REQUIRE(slot_of("{}foo") != slot_of("foo"));
    REQUIRE(slot_of("{}foo") == 9500);
    REQUIRE(slot_of("foo{bar") == 15278);
    REQUIRE(slot_of("foo{{bar}}zap") == slot_of("{bar"));
}

TEST_CASE("the owners of slots are read from the reply of a server") {
    const auto read =
        read_slots(reply{std::vector<reply>{range(0, 5460, {node("10.0.0.7", 7000), node("r", 1)}),
                                            range(5461, 16383, {node("", 7001)})}},
                   here);
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 2);
    REQUIRE(read->at(0).first == 0);
    REQUIRE(read->at(0).last == 5460);
    REQUIRE(read->at(0).master == server_address{"10.0.0.7", 7000, ""});
    REQUIRE(read->at(1).master == server_address{"10.0.0.1", 7001, ""});
    REQUIRE(read_slots(reply{std::vector<reply>{}}, here)->empty());
}

TEST_CASE("what is no table of slots is a protocol error") {
    const std::vector<reply> nothing;
    for (const reply& wrong :
         {reply{nil{}}, reply{std::vector<reply>{reply{nil{}}}}, reply{std::vector<reply>{range(0, 1, {})}},
          reply{std::vector<reply>{range(2, 1, {node("h", 1)})}},
          reply{std::vector<reply>{range(0, 16384, {node("h", 1)})}},
          reply{std::vector<reply>{range(-1, 1, {node("h", 1)})}},
          reply{std::vector<reply>{range(0, 1, {node("h", 65536)})}},
          reply{std::vector<reply>{range(0, 1, {reply{nothing}})}}}) {
        REQUIRE(read_slots(wrong, here).error() == errc::protocol);
    }
}

TEST_CASE("a redirection names slot and server") {
    const auto moved = redirection_in(error_reply{"MOVED 3999 127.0.0.1:6381"}, here);
    REQUIRE(moved.has_value());
    REQUIRE(moved->what == redirection::kind::moved);
    REQUIRE(moved->slot == 3999);
    REQUIRE(moved->to == server_address{"127.0.0.1", 6381, ""});
    const auto ask = redirection_in(error_reply{"ASK 0 ::1:6381"}, here);
    REQUIRE(ask->what == redirection::kind::ask);
    REQUIRE(ask->to == server_address{"::1", 6381, ""});
    REQUIRE(redirection_in(error_reply{"MOVED 1 :6381"}, here)->to.host == here.host);
}

TEST_CASE("other error replies redirect nowhere") {
    for (const auto* text :
         {"", "MOVED", "MOVED 1", "MOVED 1 host", "MOVED 16384 h:1", "MOVED x h:1", "MOVED 1 h:0",
          "ASK 1 h:", "TRYAGAIN Multiple keys request", "ERR MOVED 1 h:1"}) {
        REQUIRE_FALSE(redirection_in(error_reply{text}, here).has_value());
    }
}

}  // namespace

}  // namespace weir::slots_test
