#include "weir/init/database_url.hpp"

#include "support/catch.hpp"

namespace weir::database_url_test {

using weir::init::public_url;
using weir::postgres::conninfo;

TEST_CASE("the address for the file has no password however it is given") {
    for (const char* given :
         {"postgresql://app:hunter2@db.example:5433/shop?sslmode=require",
          "postgresql://app@db.example:5433/shop?password=hunter2&sslmode=require",
          "host=db.example port=5433 user=app password=hunter2 dbname=shop sslmode=require",
          "host=db.example port=5433 user=app sslpassword=hunter2 dbname=shop "
          "sslmode=require passfile=/hunter2"}) {
        INFO(given);
        CHECK(public_url(conninfo::parse(given)) == "postgresql://app@db.example:5433/shop?sslmode=require");
    }
}

TEST_CASE("the address for the file leads to the same server") {
    for (const char* given :
         {"postgresql://db/shop", "postgresql://u@a:1,b:2/shop?target_session_attrs=read-write",
          "postgresql://u@/shop?host=%2Frun%2Fpostgresql&port=5433", "postgresql://u@[::1]:5432/shop",
          "postgresql://u%24%7Bx%7D%22%5C@db/sh%20op"}) {
        INFO(given);
        const auto url = public_url(conninfo::parse(given));
        CHECK(url.find_first_of("${}\"\\ ") == std::string::npos);
        const auto again = conninfo::parse(url);
        const auto before = conninfo::parse(given);
        for (const char* name : {"host", "port", "user", "dbname", "target_session_attrs"}) {
            CHECK(again.get(name) == before.get(name));
        }
    }
}

}  // namespace weir::database_url_test
