#include "postgres_transaction.hpp"

namespace weir {

awaitable<result<void>> commit(postgres::connection& on, deadline until) {
    const auto done = co_await on.query(commit_name, commit_sql, {}, until);
    if (done) co_return result<void>{};
    const bool was_answered = on.is_open() && !on.is_busy();  // an error reply, or not even sent
    co_return was_answered ? done.error() : make_error_code(errc::outcome_unknown);
}

awaitable<void> roll_back(postgres::connection& on, deadline until) {
    if (!on.is_open() || on.is_busy() || !on.is_in_transaction()) co_return;
    co_await on.exec("rollback", until);
}

}  // namespace weir
