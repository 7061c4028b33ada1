#include "weir/config/workers.hpp"

#include "support/catch.hpp"

namespace weir::workers_test {

using weir::config::plan_workers;

TEST_CASE("zero workers mean one per processor as far as the connections reach") {
    CHECK(plan_workers(0, 2, 12).allowed == 2);
    CHECK(plan_workers(0, 13, 12).allowed == 12);
    CHECK(plan_workers(0, 64, 12).allowed == 12);
    CHECK(plan_workers(0, 64, 12).wanted == 64);
    CHECK(plan_workers(0, 0, 12).allowed == 1);
}

TEST_CASE("declared workers do not depend on processors but on connections") {
    CHECK(plan_workers(8, 2, 12).allowed == 8);
    CHECK(plan_workers(13, 2, 12).wanted == 13);
    CHECK(plan_workers(13, 2, 12).allowed == 12);
}

TEST_CASE("without a connection for loads no worker is allowed") {
    CHECK(plan_workers(0, 4, 0).allowed == 0);
    CHECK(plan_workers(3, 4, 0).allowed == 0);
}

}  // namespace weir::workers_test
