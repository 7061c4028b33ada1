#include "weir/redis/url.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>

namespace weir::url_test {
namespace {

using weir::redis::layout;
using weir::redis::options;
using weir::redis::parse_url;
using weir::redis::server_address;
using weir::redis::url_error;

options accepted(std::string_view url) {
    auto parsed = parse_url(url);
    if (const auto* no = std::get_if<url_error>(&parsed)) FAIL(no->why);
    return std::get<options>(parsed);
}

std::string refused(std::string_view url) {
    auto parsed = parse_url(url);
    REQUIRE(std::holds_alternative<url_error>(parsed));
    return std::get<url_error>(parsed).why;
}

TEST_CASE("a redis URL names host port and database") {
    const auto o = accepted("redis://cache.example:6380/3");
    REQUIRE(o.host == "cache.example");
    REQUIRE(o.port == 6380);
    REQUIRE(o.db == 3);
    REQUIRE(o.password.empty());
    REQUIRE(o.describe() == "redis://cache.example:6380/3");
}

TEST_CASE("port and database of a redis URL have defaults") {
    for (const auto* url : {"redis://localhost", "redis://localhost/", "redis://localhost:6379"}) {
        const auto o = accepted(url);
        REQUIRE(o.host == "localhost");
        REQUIRE(o.port == 6379);
        REQUIRE(o.db == 0);
    }
}

TEST_CASE("a redis URL may hold a user and a percent-encoded password") {
    const auto both = accepted("redis://weir:p%40ss%2F%3a@h:1/2");
    REQUIRE(both.user == "weir");
    REQUIRE(both.password == "p@ss/:");
    REQUIRE(both.host == "h");
    const auto only = accepted("redis://:secret@h");
    REQUIRE(only.user.empty());
    REQUIRE(only.password == "secret");
    REQUIRE(accepted("redis://u:a:b@h").password == "a:b");
}

TEST_CASE("a redis URL may hold an IPv6 address") {
    const auto o = accepted("redis://[::1]:7000/1");
    REQUIRE(o.host == "::1");
    REQUIRE(o.port == 7000);
    REQUIRE(o.describe() == "redis://[::1]:7000/1");
}

TEST_CASE("a unix URL names a socket") {
    for (const auto* url : {"unix:///run/redis/a%20b.sock?db=2", "redis+unix:///run/redis/a%20b.sock?db=2"}) {
        const auto o = accepted(url);
        REQUIRE(o.socket_path == "/run/redis/a b.sock");
        REQUIRE(o.db == 2);
    }
    const auto o = accepted("unix://u:pw@/r.sock");
    REQUIRE(o.user == "u");
    REQUIRE(o.password == "pw");
    REQUIRE(o.socket_path == "/r.sock");
    REQUIRE(o.describe() == "unix:///r.sock?db=0");
}

TEST_CASE("a description shows neither user nor password") {
    const auto text = accepted("redis://someuser:hunter2@h/1").describe();
    REQUIRE(text.find("hunter2") == std::string::npos);
    REQUIRE(text.find("someuser") == std::string::npos);
}

TEST_CASE("a wrong redis URL is refused with what is wrong") {
    REQUIRE(refused("http://h").find("redis://") != std::string::npos);
    REQUIRE(refused("").find("redis://") != std::string::npos);
    REQUIRE(refused("rediss://h").find("TLS") != std::string::npos);
    REQUIRE(refused("redis://").find("host") != std::string::npos);
    REQUIRE(refused("redis://h:0").find("port") != std::string::npos);
    REQUIRE(refused("redis://h:65536").find("port") != std::string::npos);
    REQUIRE(refused("redis://h:").find("port") != std::string::npos);
    REQUIRE(refused("redis://h/one").find("database") != std::string::npos);
    REQUIRE(refused("redis://h/-1").find("database") != std::string::npos);
    REQUIRE(refused("redis://h?ssl=1").find("db") != std::string::npos);
    REQUIRE(refused("redis://user@h").find("password") != std::string::npos);
    REQUIRE(refused("redis://user:@h").find("password") != std::string::npos);
    REQUIRE(refused("redis://:p%4@h").find("hexadecimal") != std::string::npos);
    REQUIRE(refused("redis://:p%00@h").find("zero") != std::string::npos);
    REQUIRE(refused("redis://[::1").find("]") != std::string::npos);
    REQUIRE(refused("unix://run/redis.sock").find("absolute") != std::string::npos);
    REQUIRE(refused("unix:///" + std::string(200, 'x')).find("107") != std::string::npos);
}

TEST_CASE("a refused URL never shows its password even when that is not encoded") {
    for (const std::string_view url :
         {"redis://:hunter2/x@h:6379", "redis://:hunter2?x@h", "redis://u:hunter2%zz@h", "redis://hunter2@h",
          "redis://u:x/hunter2@h", "unix://u:hunter2/x", "redis://u:pass@hunter2:port",
          "redis://u:p#hunter2@h:x"}) {
        REQUIRE(refused(url).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a sentinel URL names sentinels and the master that they know") {
    const auto o =
        accepted("redis+sentinel://weir:p%40ss@s1:26380,s2,[::1]:5/my%2Fmaster/3?sentinel_password=a%26b");
    REQUIRE(o.kind == layout::sentinel);
    REQUIRE(o.seeds.size() == 3);
    REQUIRE(o.seeds[0] == server_address{"s1", 26380, ""});
    REQUIRE(o.seeds[1] == server_address{"s2", 26379, ""});
    REQUIRE(o.seeds[2] == server_address{"::1", 5, ""});
    REQUIRE(o.master_name == "my/master");
    REQUIRE(o.user == "weir");
    REQUIRE(o.password == "p@ss");
    REQUIRE(o.sentinel_password == "a&b");
    REQUIRE(o.db == 3);
    REQUIRE(o.describe() == "redis+sentinel://s1:26380,s2:26379,[::1]:5/my/master/3");
    const auto plain = accepted("redis+sentinel://s1/mymaster");
    REQUIRE(plain.db == 0);
    REQUIRE(plain.password.empty());
    REQUIRE(plain.sentinel_password.empty());
}

TEST_CASE("a sentinel URL without a master or with what sentinels do not know is refused") {
    REQUIRE(refused("redis+sentinel://s1,s2").find("name of the master") != std::string::npos);
    REQUIRE(refused("redis+sentinel://s1,s2/").find("name of the master") != std::string::npos);
    REQUIRE(refused("redis+sentinel://s1,,s2/m") == "there is no host");
    REQUIRE(refused("redis+sentinel:///m") == "there is no host");
    REQUIRE(refused("redis+sentinel://s1/m/x").find("database") != std::string::npos);
    REQUIRE(refused("redis+sentinel://s1/m?db=1").find("sentinel_password") != std::string::npos);
}

TEST_CASE("a cluster URL names some of its nodes") {
    const auto o = accepted("redis+cluster://:secret@n1:7000,n2");
    REQUIRE(o.kind == layout::cluster);
    REQUIRE(o.password == "secret");
    REQUIRE(o.seeds.size() == 2);
    REQUIRE(o.seeds[0] == server_address{"n1", 7000, ""});
    REQUIRE(o.seeds[1] == server_address{"n2", 6379, ""});
    REQUIRE(o.describe() == "redis+cluster://n1:7000,n2:6379");
    REQUIRE(accepted("redis+cluster://n1/0").seeds.size() == 1);
}

TEST_CASE("a cluster URL with a database or a parameter is refused") {
    REQUIRE(refused("redis+cluster://n1/1") == "a cluster has no database but 0");
    REQUIRE(refused("redis+cluster://n1?db=0") == "no parameter may follow");
    REQUIRE(refused("redis+cluster://") == "there is no host");
}

TEST_CASE("options for another server keep the credentials") {
    const auto o = accepted("redis+sentinel://weir:pw@s1/m/2").at({"10.0.0.1", 6380, ""});
    REQUIRE(o.address() == server_address{"10.0.0.1", 6380, ""});
    REQUIRE(o.user == "weir");
    REQUIRE(o.password == "pw");
    REQUIRE(o.db == 2);
}

}  // namespace

}  // namespace weir::url_test
