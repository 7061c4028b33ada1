#include "support/fake_database.hpp"

#include "weir/async/task.hpp"

#include <algorithm>

namespace weir::fake {

void database::put(const std::string& resource, const std::vector<std::string>& values, std::string body) {
    const std::lock_guard lock(mutex_);
    rows_[{resource, values}] = std::move(body);
}

void database::remove(const std::string& resource, const std::vector<std::string>& values) {
    const std::lock_guard lock(mutex_);
    rows_.erase({resource, values});
}

void database::change_behind(const effect& what) {
    const std::lock_guard lock(mutex_);
    commit(what, milliseconds{0}, 0);
}

std::size_t database::loads() const {
    const std::lock_guard lock(mutex_);
    return loads_total_;
}

std::size_t database::loads(const std::string& resource, const std::vector<std::string>& values) const {
    const std::lock_guard lock(mutex_);
    const auto found = loads_.find({resource, values});
    return found == loads_.end() ? 0 : found->second;
}

void database::fail_loads(std::optional<errc> with) {
    const std::lock_guard lock(mutex_);
    load_failure_ = with;
}

void database::say_of_bodies(std::string content_type, std::optional<milliseconds> lifetime) {
    const std::lock_guard lock(mutex_);
    said_.content_type = std::move(content_type);
    said_.lifetime = lifetime;
}

void database::fail_writes(std::optional<errc> with) {
    const std::lock_guard lock(mutex_);
    write_failure_ = with;
}

void database::fail_settling(std::optional<errc> with) {
    const std::lock_guard lock(mutex_);
    settle_failure_ = with;
}

void database::fail_outbox(std::optional<errc> with) {
    const std::lock_guard lock(mutex_);
    outbox_failure_ = with;
}

void database::hold_loads(hold where) {
    const std::lock_guard lock(mutex_);
    hold_ = where;
}

std::size_t database::held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
}

awaitable<bool> database::until_held(std::size_t count, deadline until) const {
    while (held() < count) {
        if (until.passed()) co_return false;
        co_await sleep_for(milliseconds{1});
    }
    co_return true;
}

void database::release_one() {
    std::shared_ptr<event> first;
    {
        const std::lock_guard lock(mutex_);
        if (held_.empty()) return;
        first = held_.front();
        held_.erase(held_.begin());
    }
    first->set();
}

void database::release_loads() {
    std::vector<std::shared_ptr<event>> all;
    {
        const std::lock_guard lock(mutex_);
        hold_.reset();
        all.swap(held_);
    }
    for (const auto& gate : all) gate->set();
}

void database::on_write(const std::string& name, write_function does) {
    const std::lock_guard lock(mutex_);
    writes_[name] = std::move(does);
}

std::size_t database::writes() const {
    const std::lock_guard lock(mutex_);
    return writes_total_;
}

std::vector<outbox_row> database::pending() const {
    const std::lock_guard lock(mutex_);
    return outbox_.pending();
}

std::size_t database::retained() const {
    const std::lock_guard lock(mutex_);
    return outbox_.retained();
}

void database::delay_own_rows(milliseconds wait) {
    const std::lock_guard lock(mutex_);
    own_rows_delay_ = wait;
}

database::load_state database::begin_load(const row_id& at) {
    const std::lock_guard lock(mutex_);
    ++loads_total_;
    ++loads_[at];
    load_state state;
    state.failure = load_failure_;
    state.reads_after_gate = hold_ == hold::before_reading;
    state.loaded = said_;
    if (const auto found = rows_.find(at); found != rows_.end()) state.loaded.body = found->second;
    if (hold_) {
        state.gate = std::make_shared<event>();
        held_.push_back(state.gate);
    }
    return state;
}

void database::read(const row_id& at, load_state& state) const {
    const std::lock_guard lock(mutex_);
    state.failure = load_failure_;
    state.loaded = said_;
    if (const auto found = rows_.find(at); found != rows_.end()) state.loaded.body = found->second;
}

std::vector<outbox_row> database::commit(const effect& what, milliseconds due_in, int writer) {
    for (const auto& change : what.changes) {
        if (change.body) {
            rows_[{change.resource, change.values}] = *change.body;
        } else {
            rows_.erase({change.resource, change.values});
        }
    }
    std::vector<outbox_row> recorded;
    if (what.is_bulk) {
        row_image whole{.table = what.images.at(0).table, .columns = {}};
        recorded.push_back(outbox_.record(std::move(whole), true, due_in, writer));
        return recorded;
    }
    for (const auto& image : what.images) recorded.push_back(outbox_.record(image, false, due_in, writer));
    return recorded;
}

void database::leave(const std::shared_ptr<event>& gate) {
    const std::lock_guard lock(mutex_);
    std::erase(held_, gate);
}

std::vector<outbox_row> database::lock_pending(int consumer, std::size_t most) {
    const std::lock_guard lock(mutex_);
    return outbox_.lock_due(consumer, most);
}

void database::unlock(int consumer, const std::vector<outbox_row>& rows, bool are_delivered) {
    const std::lock_guard lock(mutex_);
    outbox_.unlock(consumer, rows, are_delivered);
}

result<write_outcome> database::apply(const std::string& name, const std::vector<sql_value>& values,
                                      int writer) {
    const std::lock_guard lock(mutex_);
    ++writes_total_;
    if (write_failure_ && *write_failure_ != errc::outcome_unknown) return *write_failure_;
    const auto found = writes_.find(name);
    if (found == writes_.end()) return errc::rejected;
    const auto does = found->second(values);
    if (!does) return does.error();
    if (!does->row) return write_outcome{};
    auto recorded = commit(*does, own_rows_delay_, writer);
    if (write_failure_) return *write_failure_;
    return write_outcome{does->row, std::move(recorded)};
}

result<void> database::settle(int consumer, const std::vector<std::int64_t>& ids) {
    const std::lock_guard lock(mutex_);
    if (settle_failure_) return *settle_failure_;
    outbox_.settle(consumer, ids);
    return {};
}

result<std::vector<missing_mark>> database::missing_marks(int consumer,
                                                          const std::vector<std::int64_t>& ids) const {
    const std::lock_guard lock(mutex_);
    if (settle_failure_) return *settle_failure_;
    return outbox_.missing_marks(consumer, ids);
}

awaitable<result<load_result>> loader::load(const resource& what, const std::vector<std::string>& values,
                                            context within) {
    const database::row_id at{what.name, values};
    auto state = db_.begin_load(at);
    if (state.gate) {
        struct leaving {  // also when cancelled
            database& db;
            std::shared_ptr<event> gate;
            ~leaving() { db.leave(gate); }
        } const guard{db_, state.gate};
        const bool released = co_await state.gate->wait(within.until);
        if (!released) co_return errc::timeout;
        if (state.reads_after_gate) db_.read(at, state);
    }
    if (state.failure) co_return *state.failure;
    co_return state.loaded;
}

awaitable<write_result<write_outcome>> write_store::commit(const write& what,
                                                           const std::vector<sql_value>& values,
                                                           context within) {
    if (within.until.passed()) co_return errc::timeout;
    co_return db_.apply(what.name, values, consumer());
}

awaitable<result<void>> write_store::settle(const std::vector<std::int64_t>& outbox_ids, context within) {
    if (within.until.passed()) co_return errc::timeout;
    co_return db_.settle(consumer(), outbox_ids);
}

awaitable<result<std::vector<missing_mark>>> write_store::missing_marks(
    const std::vector<std::int64_t>& outbox_ids, context within) {
    if (within.until.passed()) co_return errc::timeout;
    co_return db_.missing_marks(consumer(), outbox_ids);
}

result<void> outbox::may_start(deadline until) const {
    if (until.passed()) return errc::timeout;
    const std::lock_guard lock(db_.mutex_);
    if (db_.outbox_failure_) return *db_.outbox_failure_;
    return {};
}

awaitable<result<registration>> outbox::enter(const consumer_facts& as, context within) {
    const auto ready = may_start(within.until);
    if (!ready) co_return ready.error();
    const std::lock_guard lock(db_.mutex_);
    const auto entered = db_.outbox_.enter(as);
    consumer_ = entered.id;
    co_return entered;
}

awaitable<result<bool>> outbox::open(const std::vector<std::string>& identities, context within) {
    const auto ready = may_start(within.until);
    if (!ready) co_return result<bool>{boost::system::in_place_error, ready.error()};
    const std::lock_guard lock(db_.mutex_);
    co_return db_.outbox_.open(consumer_, identities);
}

awaitable<result<void>> outbox::leave(milliseconds left, context within) {
    const auto ready = may_start(within.until);
    if (!ready) co_return ready.error();
    const std::lock_guard lock(db_.mutex_);
    db_.outbox_.leave(consumer_, left);
    co_return result<void>{};
}

awaitable<result<std::size_t>> outbox::deliver_pending(std::size_t most, delivery deliver, context within) {
    const auto ready = may_start(within.until);
    if (!ready) co_return ready.error();
    struct locked_rows {
        database& db;
        int consumer;
        std::vector<outbox_row> rows;
        bool are_delivered = false;
        ~locked_rows() { db.unlock(consumer, rows, are_delivered); }
    } locked{db_, consumer_, db_.lock_pending(consumer_, most)};
    if (locked.rows.empty()) co_return std::size_t{0};
    auto copy = locked.rows;
    const auto delivered = co_await deliver(std::move(copy));
    if (!delivered) co_return delivered.error();
    locked.are_delivered = true;
    co_return locked.rows.size();
}

awaitable<result<bool>> outbox::admit(const std::string& identity, context within) {
    const auto ready = may_start(within.until);
    if (!ready) co_return result<bool>{boost::system::in_place_error, ready.error()};
    const std::lock_guard lock(db_.mutex_);
    co_return db_.outbox_.admit(consumer_, identity);
}

awaitable<result<std::size_t>> outbox::forget(milliseconds retention, std::size_t most, context within) {
    const auto ready = may_start(within.until);
    if (!ready) co_return ready.error();
    const std::lock_guard lock(db_.mutex_);
    co_return db_.outbox_.forget(retention, most);
}

}  // namespace weir::fake
