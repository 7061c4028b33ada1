// An in-memory database behind the ports loader, write_store and outbox, for tests that need no server.
//
// One fake_database may be shared by the fakes of several workers: everything is under one mutex, which is
// never held across a suspension. A load can be suspended before or after it has read, and released by the
// test, so that any interleaving of loads and writes can be forced. Cancelled or past its deadline, a held
// load just leaves.
#pragma once

#include "weir/async/event.hpp"
#include "weir/cache/ports.hpp"

#include "support/fake_outbox_table.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::fake {

// Where a held load stands: has it seen the row yet?
enum class hold { before_reading, after_reading };

// What a write does to the database, all or nothing.
struct effect {
    struct row_change {
        std::string resource;
        std::vector<std::string> values;
        std::optional<std::string> body;  // nullopt: the row is gone
    };
    std::optional<std::string> row = "{}";  // what RETURNING gives; nullopt: no row matched
    std::vector<row_change> changes;
    std::vector<row_image> images;  // what the triggers record
    bool is_bulk = false;           // they record the first image's table as a whole instead
};

using write_function = std::function<result<effect>(const std::vector<sql_value>& values)>;

class database {
 public:
    // Rows, as a resource's query would give them.
    void put(const std::string& resource, const std::vector<std::string>& values, std::string body);
    void remove(const std::string& resource, const std::vector<std::string>& values);

    // What the source says of each body from now on, as an upstream would.
    void say_of_bodies(std::string content_type, std::optional<milliseconds> lifetime);

    // A write that does not pass through Weir, and what the triggers record of it.
    void change_behind(const effect& what);

    // How many loads have begun, those that failed included.
    std::size_t loads() const;
    std::size_t loads(const std::string& resource, const std::vector<std::string>& values) const;

    // Until further notice: nullopt restores normal service. The outbox port fails with fail_outbox's.
    void fail_loads(std::optional<errc> with);
    void fail_writes(std::optional<errc>
                         with);  // not applied, except outcome_unknown: applied, and the caller is not told
    void fail_settling(std::optional<errc> with);
    void fail_outbox(std::optional<errc> with);

    // Loads that begin from now on are suspended; until_held waits for at least so many to stand still.
    void hold_loads(hold where = hold::after_reading);
    std::size_t held() const;
    awaitable<bool> until_held(std::size_t count, deadline until) const;
    void release_one();    // the one that has waited longest
    void release_loads();  // all, and later ones are not held

    // What apply() does for the write of this name. Without one it is errc::rejected.
    void on_write(const std::string& name, write_function does);
    std::size_t writes() const;

    // How long the relays leave alone what apply() recorded. Zero unless told: a test of the relay need not
    // wait.
    void delay_own_rows(milliseconds wait);

    std::vector<outbox_row> pending() const;  // outbox rows not yet settled or delivered
    std::size_t retained() const;             // settled, and kept to be replayed

 private:
    friend class loader;
    friend class write_store;
    friend class outbox;
    using row_id = std::pair<std::string, std::vector<std::string>>;
    struct load_state {
        std::optional<errc> failure;
        load_result loaded;
        std::shared_ptr<event> gate;  // wait for it when set
        bool reads_after_gate = false;
    };

    load_state begin_load(const row_id& at);
    void read(const row_id& at, load_state& state) const;
    std::vector<outbox_row> commit(const effect& what, milliseconds due_in, int writer);  // mutex held
    void leave(const std::shared_ptr<event>& gate);
    std::vector<outbox_row> lock_pending(int consumer, std::size_t most);
    void unlock(int consumer, const std::vector<outbox_row>& rows, bool are_delivered);
    result<write_outcome> apply(const std::string& name, const std::vector<sql_value>& values, int writer);
    result<void> settle(int consumer, const std::vector<std::int64_t>& ids);
    result<std::vector<missing_mark>> missing_marks(int consumer, const std::vector<std::int64_t>& ids) const;

    mutable std::mutex mutex_;
    std::map<row_id, std::string> rows_;
    std::map<row_id, std::size_t> loads_;
    std::size_t loads_total_ = 0;
    std::size_t writes_total_ = 0;
    std::optional<errc> load_failure_;
    std::optional<errc> write_failure_;
    std::optional<errc> settle_failure_;
    std::optional<errc> outbox_failure_;
    std::optional<hold> hold_;
    std::vector<std::shared_ptr<event>> held_;
    std::map<std::string, write_function> writes_;
    outbox_table outbox_;
    milliseconds own_rows_delay_{0};
    load_result said_;  // of every body; its own is not used
};

class loader final : public weir::loader {
 public:
    explicit loader(database& db) : db_(db) {}
    awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values,
                                        context within) override;

 private:
    database& db_;
};

class outbox final : public weir::outbox {
 public:
    explicit outbox(database& db) : db_(db) {}
    awaitable<result<registration>> enter(const consumer_facts& as, context within) override;
    awaitable<result<bool>> open(const std::vector<std::string>& identities, context within) override;
    awaitable<result<void>> leave(milliseconds left, context within) override;
    awaitable<result<std::size_t>> deliver_pending(std::size_t most, delivery deliver,
                                                   context within) override;
    awaitable<result<bool>> admit(const std::string& identity, context within) override;
    awaitable<result<std::size_t>> forget(milliseconds retention, std::size_t most, context within) override;

    int consumer() const { return consumer_; }  // zero: none has entered

 private:
    result<void> may_start(deadline until) const;
    database& db_;
    int consumer_ = 0;
};

// Writes for the consumer that has entered `self`; null: for none.
class write_store final : public weir::write_store {
 public:
    explicit write_store(database& db, const outbox* self = nullptr) : db_(db), self_(self) {}
    awaitable<write_result<write_outcome>> commit(const write& what, const std::vector<sql_value>& values,
                                                  context within) override;
    awaitable<result<void>> settle(const std::vector<std::int64_t>& outbox_ids, context within) override;
    awaitable<result<std::vector<missing_mark>>> missing_marks(const std::vector<std::int64_t>& outbox_ids,
                                                               context within) override;

 private:
    int consumer() const { return self_ != nullptr ? self_->consumer() : 0; }
    database& db_;
    const outbox* self_;
};

}  // namespace weir::fake
