// A write_store that throws where a test wants it, as a defect would.
#pragma once

#include "weir/cache/ports.hpp"

#include <stdexcept>
#include <vector>

namespace weir::test {

class throwing_store final : public write_store {
 public:
    // Makes a store that is like `honest` but for what it throws.
    explicit throwing_store(write_store& honest) : honest_(honest) {}

    bool throws = true;  // on settle() and missing_marks()

    awaitable<write_result<write_outcome>> commit(const write& what, const std::vector<sql_value>& values,
                                                  context within) override {
        return honest_.commit(what, values, within);
    }
    awaitable<result<void>> settle(const std::vector<std::int64_t>& outbox_ids, context within) override {
        if (throws) throw std::runtime_error("a defect");
        return honest_.settle(outbox_ids, within);
    }
    awaitable<result<std::vector<missing_mark>>> missing_marks(const std::vector<std::int64_t>& outbox_ids,
                                                               context within) override {
        if (throws) throw std::runtime_error("a defect");
        return honest_.missing_marks(outbox_ids, within);
    }

 private:
    write_store& honest_;
};

}  // namespace weir::test
