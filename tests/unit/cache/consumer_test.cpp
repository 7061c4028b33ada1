#include "weir/cache/consumer.hpp"

#include "weir/cache/other_consumers.hpp"
#include "weir/policy/change_map.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/run.hpp"
#include "support/shop.hpp"
#include "support/throwing_store.hpp"

#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <optional>

namespace weir::consumer_test {
namespace {

// Counts what it is told to forget.
class counting_step final : public invalidation_step {
 public:
    std::string_view name() const override { return "counting"; }
    awaitable<result<void>> run(const touched& names, context /*within*/) override {
        if (failure) co_return *failure;
        tags = names.tags;
        ++runs;
        co_return result<void>{};
    }

    std::vector<std::string> tags;
    int runs = 0;
    std::optional<errc> failure;
};

// A process of one consumer. Times are short, so that a test need not wait for long.
struct process {
    process(boost::asio::io_context& context, fake::database& db, const policy& declared)
        : policies(test::borrowed(declared)),
          outbox(db),
          store(db, &outbox),
          follows(policies, {&everywhere}, everywhere, registry),
          self(context.get_executor(), {.trust = milliseconds{60}, .lifetime = milliseconds{400}},
               {.declared = policies,
                .outbox = outbox,
                .where = nullptr,
                .first_steps = {&here},
                .follows = follows,
                .servers = servers,
                .coherence = node},
               registry),
          others(context.get_executor(), milliseconds{500}, store, self, registry) {}

    bool is_registered() const { return node.is_registered(steady_clock::now()); }

    policy_handle policies;
    prometheus::Registry registry;
    fake::outbox outbox;
    fake::write_store store;
    counting_step here;
    counting_step everywhere;
    invalidation follows;
    admissions servers;
    coherence node;
    consumer self;
    other_consumers others;
};

struct world {
    world() {
        db.on_write("update_product", [](const std::vector<sql_value>&) -> result<fake::effect> {
            return fake::effect{.row = "{}", .changes = {}, .images = {test::image_of("p1", "en")}};
        });
    }

    void tell(awaitable<void> (*story)(world&)) { test::run(context, story(*this)); }

    awaitable<bool> until(std::function<bool()> is_so) {
        const auto end = deadline::in(seconds{5});
        while (!is_so() && !end.passed()) co_await sleep_for(milliseconds{1});
        co_return is_so();
    }

    void begin(process& p) { start(context.get_executor(), "consumer", p.self.run()); }

    consumer_facts other_facts(milliseconds lifetime = seconds{60}) const {
        return {.name = "other",
                .description = "weir:v2",
                .needs = recorded_needs(declared),
                .retention = {},
                .lifetime = lifetime};
    }

    // Waits until writes of `other` no longer wait for any mark on these rows.
    awaitable<bool> has_no_other(std::vector<std::int64_t> rows) {
        const auto end = deadline::in(seconds{5});
        while (!end.passed()) {
            const auto missing = co_await other_store.missing_marks(rows, end);
            if (missing && missing->empty()) co_return true;
            co_await sleep_for(milliseconds{1});
        }
        co_return false;
    }

    awaitable<std::vector<outbox_row>> write(process& by) {
        const auto made = co_await by.store.commit(declared.writes[0], {}, deadline::in(seconds{5}));
        REQUIRE(made.has_value());
        co_return made->outbox_rows;
    }

    policy declared = test::shop_policy();
    boost::asio::io_context context;
    fake::database db;
    process one{context, db, declared};
    fake::outbox other{db};
    fake::write_store other_store{db, &other};
};

awaitable<void> opens(world& w) {
    CHECK_FALSE(w.one.is_registered());
    w.begin(w.one);
    const bool is_open = co_await w.until([&] { return w.one.is_registered(); });
    CHECK(is_open);
    CHECK(w.one.self.is_open());
    CHECK(w.one.here.runs == 1);
    CHECK(w.one.here.tags == std::vector<std::string>{"weir:v1:all:product", "weir:v1:all:products"});
    CHECK(w.one.self.is_alone(steady_clock::now()));
    w.db.fail_outbox(errc::unavailable);
    co_await sleep_for(milliseconds{600});
    CHECK(w.one.is_registered());                           // no other consumer could settle a row without it
    CHECK_FALSE(w.one.self.is_alone(steady_clock::now()));  // but one may have come
    w.db.fail_outbox(std::nullopt);
    const bool is_known = co_await w.until([&] { return w.one.self.is_alone(steady_clock::now()); });
    CHECK(is_known);
    CHECK(w.one.here.runs == 1);  // it resumed
    w.one.self.stop();
}

awaitable<void> lapses(world& w) {
    const auto facts = w.other_facts();
    const auto entered = co_await w.other.enter(facts, deadline::in(seconds{5}));
    REQUIRE(entered.has_value());
    const auto began = steady_clock::now();
    w.begin(w.one);
    bool is_open = co_await w.until([&] { return w.one.is_registered(); });
    CHECK(is_open);
    CHECK(steady_clock::now() - began >= milliseconds{60});  // until the others must have noticed it
    CHECK_FALSE(w.one.self.is_alone(steady_clock::now()));
    w.db.fail_outbox(errc::unavailable);
    const bool has_ended = co_await w.until([&] { return !w.one.is_registered(); });
    CHECK(has_ended);
    co_await sleep_for(milliseconds{500});  // its registration runs out
    CHECK(w.one.everywhere.runs == 0);
    w.db.fail_outbox(std::nullopt);
    is_open = co_await w.until([&] { return w.one.is_registered(); });
    CHECK(is_open);
    CHECK(w.one.everywhere.runs == 1);
    w.one.self.stop();
}

awaitable<void> waits(world& w) {
    const auto facts = w.other_facts();
    co_await w.other.enter(facts, deadline::in(seconds{5}));
    w.begin(w.one);
    co_await w.until([&] { return w.one.is_registered(); });
    const auto rows = co_await w.write(w.one);
    std::optional<bool> marked;
    start(w.context.get_executor(), "wait",
          [](world& in, std::vector<outbox_row> of, std::optional<bool>& to) -> awaitable<void> {
              to = co_await in.one.others.wait(of);
          }(w, rows, marked));
    co_await sleep_for(milliseconds{20});
    CHECK_FALSE(marked.has_value());
    const std::vector<std::int64_t> ids{rows.at(0).id};
    co_await w.other_store.settle(ids, deadline::in(seconds{5}));
    co_await w.until([&] { return marked.has_value(); });
    CHECK(marked == true);
    w.one.self.stop();
}

awaitable<void> lags(world& w) {
    const auto facts = w.other_facts();
    co_await w.other.enter(facts, deadline::in(seconds{5}));
    w.begin(w.one);
    co_await w.until([&] { return w.one.is_registered(); });
    const auto first = co_await w.write(w.one);
    bool marked = co_await w.one.others.wait(first);
    CHECK_FALSE(marked);
    const auto second = co_await w.write(w.one);
    const auto began = steady_clock::now();
    marked = co_await w.one.others.wait(second);
    CHECK_FALSE(marked);
    CHECK(steady_clock::now() - began < milliseconds{400});  // less than its patience

    const std::vector<std::int64_t> missed{first.at(0).id, second.at(0).id};
    co_await w.other_store.settle(missed, deadline::in(seconds{5}));
    const auto third = co_await w.write(w.one);
    const std::vector<std::int64_t> id{third.at(0).id};
    co_await w.other_store.settle(id, deadline::in(seconds{5}));
    marked = co_await w.one.others.wait(third);
    CHECK(marked);

    const auto fourth = co_await w.write(w.one);
    co_await w.other.leave(milliseconds{0}, deadline::in(seconds{5}));
    marked = co_await w.one.others.wait(fourth);
    CHECK(marked);  // one that has expired does not count
    w.one.self.stop();
}

// Nothing can be forgotten while its L2 is away, so it settles nothing.
awaitable<void> gives_up(world& w) {
    const auto facts = w.other_facts();
    co_await w.other.enter(facts, deadline::in(seconds{5}));
    w.begin(w.one);
    bool is_open = co_await w.until([&] { return w.one.is_registered(); });
    CHECK(is_open);
    w.one.everywhere.failure = errc::unavailable;
    w.db.change_behind({.row = {}, .changes = {}, .images = {test::image_of("p1", "en")}});
    const std::vector<std::int64_t> owed{w.db.pending().at(0).id};
    co_await w.other_store.settle(owed, deadline::in(seconds{5}));
    co_await sleep_for(milliseconds{200});
    CHECK(w.one.is_registered());  // not at once: its L2 may be back soon
    const bool is_settled = co_await w.has_no_other(owed);
    CHECK(is_settled);
    CHECK_FALSE(w.one.is_registered());
    co_await sleep_for(milliseconds{100});
    CHECK_FALSE(w.one.is_registered());  // nor does it register again before it can forget

    const int runs = w.one.everywhere.runs;
    w.one.everywhere.failure.reset();
    is_open = co_await w.until([&] { return w.one.is_registered(); });
    CHECK(is_open);
    CHECK(w.one.everywhere.runs > runs);
    CHECK(w.one.everywhere.tags == std::vector<std::string>{"weir:v1:all:product", "weir:v1:all:products"});
    w.one.self.stop();
}

// Its relay is slow, and its L2 is well.
awaitable<void> goes_on(world& w) {
    const auto facts = w.other_facts();
    co_await w.other.enter(facts, deadline::in(seconds{5}));
    w.begin(w.one);
    co_await w.until([&] { return w.one.is_registered(); });
    w.db.change_behind({.row = {}, .changes = {}, .images = {test::image_of("p1", "en")}});
    const auto ends = deadline::in(milliseconds{1000});
    while (!ends.passed()) {
        CHECK(w.one.is_registered());
        co_await sleep_for(milliseconds{5});
    }
    w.one.self.stop();
}

// What fails once must not keep every later write from `done`.
awaitable<void> survives_a_defect(world& w) {
    const auto facts = w.other_facts();
    co_await w.other.enter(facts, deadline::in(seconds{5}));
    w.begin(w.one);
    co_await w.until([&] { return w.one.is_registered(); });
    test::throwing_store store{w.one.store};
    prometheus::Registry registry;
    other_consumers others{w.context.get_executor(), milliseconds{500}, store, w.one.self, registry};
    const auto first = co_await w.write(w.one);
    const auto began = steady_clock::now();
    bool marked = co_await others.wait(first);
    CHECK_FALSE(marked);
    CHECK(steady_clock::now() - began < milliseconds{400});
    store.throws = false;
    const auto second = co_await w.write(w.one);
    const std::vector<std::int64_t> id{second.at(0).id};
    co_await w.other_store.settle(id, deadline::in(seconds{5}));
    marked = co_await others.wait(second);
    CHECK(marked);
    w.one.self.stop();
}

}  // namespace

TEST_CASE("a consumer forgets everything before it opens and goes on alone while the outbox is away") {
    world{}.tell(opens);
}

TEST_CASE("beside others a consumer stops without the outbox and forgets everything after a lapse") {
    world{}.tell(lapses);
}

TEST_CASE("a write waits for the marks of other consumers") {
    world{}.tell(waits);
}

TEST_CASE("a consumer that missed a wait is waited for no more until it has caught up") {
    world{}.tell(lags);
}

TEST_CASE("a consumer that cannot forget what it owes lapses and forgets everything when it is back") {
    world{}.tell(gives_up);
}

TEST_CASE("a consumer that owes for long and can forget stays registered") {
    world{}.tell(goes_on);
}

TEST_CASE("a defect while a write waits for marks ends that wait alone") {
    world{}.tell(survives_a_defect);
}

TEST_CASE("two change maps are told apart by everything that decides which names a row touches") {
    const auto p = test::shop_policy();
    auto q = p;
    CHECK(change_map_text(p) == change_map_text(q));
    q.resources[0].cached->ttl.ttl = seconds{1};  // decides no name
    CHECK(change_map_text(p) == change_map_text(q));
    q.changes[0].columns[0].rule.type = value_type::integer;
    CHECK(change_map_text(p) != change_map_text(q));
    q = p;
    q.changes[0].keys.pop_back();
    CHECK(change_map_text(p) != change_map_text(q));
    q = p;
    q.changes[0].bulk_rows = 7;
    CHECK(change_map_text(p) != change_map_text(q));
    q = p;
    q.resources[1].name = "listing";
    CHECK(change_map_text(p) != change_map_text(q));
    CHECK(recorded_needs(p) == R"({"products":{"columns":["id","locale"],"bulk_rows":1000}})");
}

}  // namespace weir::consumer_test
