#include "../../../lib/init/src/words.hpp"

#include "../../../lib/init/src/unique_names.hpp"
#include "support/catch.hpp"

#include <set>

namespace weir::words_test {

using namespace weir::init;

namespace {

std::string words(std::string_view name) {
    return joined(words_of(name), " ");
}

}  // namespace

TEST_CASE("the words of a name are found in every spelling") {
    for (const char* spelt : {"customer_id", "CustomerId", "customerId", "customerID", "CUSTOMER_ID",
                              "customer-id", "Customer ID", "customer.id", " customer  id "}) {
        INFO(spelt);
        CHECK(words(spelt) == "customer id");
    }
    CHECK(words("IDNumber2") == "id number2");
    CHECK(words("HTTPServer") == "http server");
    CHECK(words("phone2Home") == "phone2 home");
}

TEST_CASE("letters lose their accents and other scripts only separate") {
    CHECK(words("Größe") == "grosse");
    CHECK(words("Straße") == "strasse");
    CHECK(words("contraseña") == "contrasena");
    CHECK(words("Łódź_žluť") == "lodz zlut");
    CHECK(words("zakaz_заказ_2") == "zakaz 2");
    CHECK(words("注文").empty());
    CHECK(words("").empty());
    CHECK(words("\xC3").empty());
}

TEST_CASE("a plain name begins with a letter and has no other characters") {
    for (const char* name : {"orders", "2024 sales", "注文", "", "___", "a\"b'c", "ÄÖ", "table"}) {
        INFO(name);
        const auto made = plain_name(name, "table");
        REQUIRE_FALSE(made.empty());
        CHECK((made.front() >= 'a' && made.front() <= 'z'));
        CHECK(made.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos);
    }
    CHECK(plain_name("2024 sales", "table") == "table_2024_sales");
    CHECK(plain_name("注文", "table") != plain_name("顧客", "table"));
}

TEST_CASE("names that were given out differ and are short") {
    unique_names names{20, {"tag"}};
    CHECK(names.claim("orders") == "orders");
    CHECK(names.claim("orders") == "orders_2");
    CHECK(names.claim("orders_2") == "orders_2_2");
    CHECK(names.claim("tag") == "tag_2");
    const std::string longest(63, 'x');
    std::set<std::string> given;
    for (const char* end : {"1", "2", "3", "3"}) given.insert(names.claim(longest + end));
    CHECK(given.size() == 4);
    for (const auto& name : given) CHECK(name.size() <= 22);
}

}  // namespace weir::words_test
