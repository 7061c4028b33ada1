// Replies as they come over the wire: in pieces, nested, broken.
#include "weir/redis/reply_reader.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::reply_reader_test {
namespace {

using namespace weir::redis;

constexpr std::size_t plenty = 1'000'000;

// What the reader gives when `wire` comes `piece` bytes at a time. Ends with a broken one, if there is one.
std::vector<result<reply>> read_all(std::string_view wire, std::size_t piece,
                                    std::size_t bytes_max = plenty) {
    std::vector<result<reply>> out;
    reply_reader reader(bytes_max);
    for (std::size_t at = 0; at < wire.size(); at += piece) {
        reader.feed(wire.substr(at, piece));
        while (true) {
            auto got = reader.next();
            if (!got) {
                out.push_back(got.error());
                return out;
            }
            if (!*got) break;
            out.push_back(std::move(**got));
        }
    }
    return out;
}

std::string text_of(const reply& r) {
    if (const auto* items = r.as<std::vector<reply>>()) {
        std::string out = "(";
        for (const reply& item : *items) out += text_of(item) + " ";
        return out + ")";
    }
    if (const auto* text = r.as<std::string>()) return "'" + *text + "'";
    if (const auto* number = r.as<std::int64_t>()) return std::to_string(*number);
    if (const auto* ok = r.as<status>()) return "+" + ok->text;
    if (const auto* no = r.as<error_reply>()) return "-" + no->text;
    return "nil";
}

std::string told(const std::vector<result<reply>>& all) {
    std::string out;
    for (const auto& one : all) out += (one ? text_of(*one) : "error") + " ";
    return out;
}

TEST_CASE("replies are the same in whatever pieces they come") {
    std::string wire = "+OK\r\n-ERR no\r\n:-7\r\n$-1\r\n$0\r\n\r\n$5\r\na\r\n\r\n\r\n";
    wire += "*0\r\n*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n*-1\r\n+\r\n:9223372036854775807\r\n";
    for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
        CHECK(told(read_all(wire, piece)) ==
              "+OK -ERR no -7 nil '' 'a\r\n\r\n' () (1 ('a' nil ) nil ) + 9223372036854775807 ");
    }
}

TEST_CASE("what is not a reply is an error after those before it") {
    for (const std::string_view wrong :
         {"HTTP/1.1 400\r\n", ":\r\n", ":1x\r\n", ":9223372036854775808\r\n", "$-2\r\n", "$x\r\n", "*-2\r\n",
          "*1\r\n?\r\n", "%1\r\n+a\r\n+b\r\n", ",1.5\r\n", "#t\r\n", "\r\n"}) {
        CHECK(told(read_all("+OK\r\n" + std::string(wrong), 1)) == "+OK error ");
    }
}

TEST_CASE("a reply that is nested without end is an error and not a deep recursion") {
    std::string wire;
    for (int i = 0; i < 100'000; ++i) wire += "*1\r\n";
    CHECK(told(read_all(wire, wire.size())) == "error ");
    CHECK(told(read_all("*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", 3)) == "((((1 ) ) ) ) ");
}

TEST_CASE("replies may be nested eight deep and no deeper whatever version of hiredis reads them") {
    const auto nested = [](int depth) {
        std::string wire;
        for (int i = 0; i < depth; ++i) wire += "*1\r\n";
        return wire + ":1\r\n";
    };
    CHECK(told(read_all(nested(8), 3)) == "((((((((1 ) ) ) ) ) ) ) ) ");
    CHECK(told(read_all(nested(9), 3)) == "error ");
}

TEST_CASE("a length alone claims no memory") {
    CHECK(read_all("*2000000000\r\n:1\r\n", 1).empty());
    CHECK(read_all("$2000000000\r\nabc", 1).empty());
}

TEST_CASE("a reply that grows beyond its bound is an error") {
    CHECK(told(read_all("$100\r\n" + std::string(200, 'x'), 1, 50)) == "error ");
    CHECK(told(read_all("+" + std::string(200, 'x'), 1, 50)) == "error ");
    CHECK(told(read_all("$40\r\n" + std::string(40, 'x') + "\r\n:1\r\n", 1, 50)) ==
          "'" + std::string(40, 'x') + "' 1 ");
}

TEST_CASE("a large string that comes in pieces is followed by what came behind it") {
    const std::string large(300'000, 'x');
    const std::string wire = "$300000\r\n" + large + "\r\n:1\r\n+OK\r\n";
    CHECK(told(read_all(wire, 65'536)) == "'" + large + "' 1 +OK ");
}

}  // namespace

}  // namespace weir::reply_reader_test
