// What a resource takes from the whole policy.
#include "checked.hpp"

namespace weir::derived_test {
namespace {

using checked::configuration_of;
using checked::good;
using checked::with_line;

const weir::cacheable& first(const weir::config::configuration& c) {
    return *c.policy.resources.at(0).cached;
}

TEST_CASE("a resource knows which columns give its key") {
    const auto made = configuration_of(good);
    REQUIRE(first(made).key_columns.size() == 1);
    CHECK(first(made).key_columns[0].name == "id");
    CHECK(first(made).key_columns[0].rule.length_max == 64);
    CHECK(first(configuration_of(with_line(5, "parameter.id = {}\nshows_key = false"))).key_columns.empty());
    CHECK(first(configuration_of(with_line(5, "parameter.id = {}\nrows = \"many\""))).key_columns.empty());
}

TEST_CASE("the definition of a resource follows its SQL and its changes and not its times") {
    const auto definition = [](std::string_view text) { return first(configuration_of(text)).definition; };
    CHECK(definition(good) != 0);
    CHECK(definition(good) == definition(with_line(4, "ttl = \"10s\"")));
    CHECK(definition(good) != definition(with_line(6, "sql = \"select id from items where id = {id}\"")));
    CHECK(definition(good) !=
          definition(good + "[change.names]\ntable = \"names\"\nkeys = [\"items:item:{item_id}\"]\n"));
}

TEST_CASE("the audit's fields have defaults and bounds") {
    CHECK(configuration_of(good).settings.audit.rate == 2);
    CHECK(configuration_of(good).settings.audit.triggers_interval == weir::milliseconds{10'000});
    const auto made = configuration_of(good + "[audit]\nrate = 0.5\ntriggers_interval = \"300ms\"\n");
    CHECK(made.settings.audit.rate == 0.5);
    CHECK(made.settings.audit.triggers_interval == weir::milliseconds{300});
    CHECK(checked::problems_in(good + "[audit]\nrate = -1\ntriggers_interval = \"26s\"\n").size() == 2);
}

}  // namespace

}  // namespace weir::derived_test
