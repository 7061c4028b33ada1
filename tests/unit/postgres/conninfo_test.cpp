#include "weir/postgres/conninfo.hpp"

#include "support/catch.hpp"

#include <stdexcept>

namespace weir::conninfo_test {

using weir::postgres::conninfo;

TEST_CASE("a postgres url and a keyword string say the same") {
    const auto url =
        conninfo::parse("postgresql://ann:s%20cret@db.example:6000/shop?sslmode=require&connect_timeout=3");
    const auto words =
        conninfo::parse("host=db.example port=6000 user=ann password='s cret' dbname=shop sslmode=require");
    for (const auto* key : {"host", "port", "user", "password", "dbname", "sslmode"}) {
        CHECK(url.get(key) == words.get(key));
    }
    CHECK(url.get("password") == "s cret");
    CHECK(url.get("connect_timeout") == "3");  // what libpq knows passes through
    CHECK(conninfo::parse("postgres://ann@db.example/shop").get("host") == "db.example");
}

TEST_CASE("several postgres hosts and unix sockets are targets in order") {
    const auto two = conninfo::parse("postgresql://a:1,b:2/db").targets();
    REQUIRE(two.size() == 2);
    CHECK(two[0].host == "a");
    CHECK(two[0].port == "1");
    CHECK(two[1].host == "b");
    CHECK(two[1].port == "2");
    const auto one_port = conninfo::parse("host=a,b port=7").targets();
    REQUIRE(one_port.size() == 2);
    CHECK(one_port[1].port == "7");
    CHECK(conninfo::parse("postgresql:///db?host=/run/postgres").targets()[0].host == "/run/postgres");
}

TEST_CASE("a described postgres address has no secret") {
    const auto info = conninfo::parse("postgresql://ann:hunter2@db.example:6000/shop?sslpassword=hunter3");
    CHECK(info.describe() == "postgresql://ann@db.example:6000/shop");
    CHECK(conninfo::parse("host=::1 user=u dbname=d password=hunter2").describe() ==
          "postgresql://u@[::1]/d");
}

TEST_CASE("a malformed postgres address is refused without repeating it") {
    for (const auto* text : {"postgresql://ann:hunter2@[::1/db", "host=a hunter2",
                             "postgresql://a/b?hunter2=1", "postgresql://a:hun%zzter2@b/c"}) {
        try {
            conninfo::parse(text);
            FAIL("accepted " << text);
        } catch (const std::invalid_argument& e) {
            CHECK(std::string(e.what()).find("hun") == std::string::npos);
        }
    }
}

TEST_CASE("session options are added to those that were given") {
    auto info = conninfo::parse("postgresql://a/b?options=-c%20search_path%3Dshop");
    info.set_session_option("statement_timeout", weir::milliseconds{1500});
    CHECK(info.get("options") == "-c search_path=shop -c statement_timeout=1500");
    auto plain = conninfo::parse("postgresql://a/b");
    plain.set_session_option("statement_timeout", weir::milliseconds{1500});
    CHECK(plain.get("options") == "-c statement_timeout=1500");
}

}  // namespace weir::conninfo_test
