// The key_expansion port on the fake database. The test answers the questions: it knows the rows.
#pragma once

#include "weir/cache/ports.hpp"

#include "support/fake_database.hpp"

#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace weir::fake {

class key_expansion final : public weir::key_expansion {
 public:
    using answer_function = std::function<std::vector<row_image>(const through_question&)>;

    key_expansion(database& db, answer_function answers) : db_(db), answers_(std::move(answers)) {}

    void fail(std::optional<errc> with) { failure_ = with; }

    awaitable<result<through_found>> expand(const policy& p, const std::vector<outbox_row>& rows,
                                            context within) override;

 private:
    database& db_;
    answer_function answers_;
    std::optional<errc> failure_;
};

}  // namespace weir::fake
