// How a command goes over the wire: https://redis.io/docs/latest/develop/reference/protocol-spec/
#include "weir/redis/command.hpp"

#include "support/catch.hpp"

#include <string>

namespace weir::command_test {

using namespace weir::redis;

TEST_CASE("a command is an array of bulk strings behind what is there already") {
    std::string wire = "before";
    append_formatted({"SET", "key", "", std::string("a\r\n\0b", 5)}, wire);
    CHECK(wire ==
          "before*4\r\n$3\r\nSET\r\n$3\r\nkey\r\n$0\r\n\r\n$5\r\n" + std::string("a\r\n\0b", 5) + "\r\n");
    append_formatted({"PING"}, wire);
    CHECK(wire.ends_with("\r\n*1\r\n$4\r\nPING\r\n"));
}

TEST_CASE("lengths of a command are written in full") {
    std::string wire;
    const std::string large(1'234'567, 'x');
    append_formatted({"ECHO", large}, wire);
    CHECK(wire.starts_with("*2\r\n$4\r\nECHO\r\n$1234567\r\n"));
    CHECK(wire.size() == std::string("*2\r\n$4\r\nECHO\r\n$1234567\r\n\r\n").size() + large.size());
}

TEST_CASE("a command of words that are no strings yet is the same command") {
    const std::string value("a\r\n\0b", 5);
    std::string wire;
    append_formatted({"SET", "key", "", value}, wire);
    CHECK(formatted("SET", "key", "", value) == wire);
    CHECK(word_of(wire, 0) == "SET");
    CHECK(word_of(wire, 1) == "key");
    CHECK(word_of(wire, 2).empty());
    CHECK(word_of(wire, 3) == value);
}

}  // namespace weir::command_test
