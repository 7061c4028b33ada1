#include "weir/policy/policy_handle.hpp"

#include "support/catch.hpp"

namespace weir::policy_handle_test {

TEST_CASE("a snapshot that was taken before a reload stays as it was and keeps its resources alive") {
    policy first;
    first.resources.resize(1);
    first.resources[0].name = "product";
    policy_handle handle{std::make_shared<const policy>(std::move(first))};
    const policy_ptr before = handle.current();
    const resource_ptr product = resource_of(before, before->resources[0]);

    handle.replace(std::make_shared<const policy>());

    CHECK(handle.current()->resources.empty());
    CHECK(before->resources.size() == 1);
    CHECK(product->name == "product");
}

}  // namespace weir::policy_handle_test
