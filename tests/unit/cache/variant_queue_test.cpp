#include "weir/cache/variant_queue.hpp"

#include "support/borrowed.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <future>

namespace weir::variant_queue_test {
namespace {

using testing::eventually;

const std::string body(10'000, 'b');

entry_parts value_of(std::string text) {
    entry_parts e;
    e.soft_expiry = unix_now() + seconds{60};
    e.hard_expiry = e.soft_expiry;
    e.text = std::move(text);
    return e;
}

resource cached_resource() {
    resource out;
    out.cached.emplace();
    return out;
}

struct world {
    explicit world(variant_tools with = {}) {
        coherence.trust_always();
        if (with.compress) tools.compress = std::move(with.compress);
        queue = std::make_unique<variant_queue>(tier, how, tools, registry);
    }

    entry_ptr put(const std::string& key, std::string text = body) {
        const auto content = value_of(std::move(text));
        auto kept =
            tier.insert(key, content, {}, coherence.take(key, {}), content.soft_expiry, steady_clock::now());
        REQUIRE(kept != nullptr);
        return kept;
    }
    bool want(const std::string& key, const entry_ptr& of, coding c) {
        if (!queue->claim(*of, c)) return false;
        queue->add(test::borrowed(what), key, of, c);
        return true;
    }
    double ended(coding c, const std::string& outcome) {
        for (const auto& family : registry.Collect()) {
            for (const auto& metric : family.metric) {
                const bool is_it = metric.label[0].value == name(c) && metric.label[1].value == outcome;
                if (is_it) return metric.counter.value;
            }
        }
        return -1;
    }
    bool comes_to(coding c, const std::string& outcome, double times = 1) {
        return eventually([&] { return ended(c, outcome) == times; });
    }

    resource what = cached_resource();
    compression how;
    variant_tools tools{
        .compress =
            [](coding c, std::string_view of, int level) {
                return std::string{name(c)} + std::to_string(level) + std::string{of.substr(0, 5000)};
            },
        .head_of = [](const cacheable&, const entry_facts&, std::string_view,
                      coding c) { return "Content-Encoding: " + std::string{name(c)} + "\r\n"; }};
    weir::coherence coherence;
    l1 tier{{}, coherence};
    prometheus::Registry registry;
    std::unique_ptr<variant_queue> queue;
};

TEST_CASE("a variant that a request wants is made once and belongs to the entry") {
    world w;
    const auto content = w.put("k");
    REQUIRE(w.want("k", content, coding::br));
    CHECK_FALSE(w.want("k", content, coding::br));
    REQUIRE(w.comes_to(coding::br, "made"));
    const variant* made = w.tier.find("k", unix_now())->variants().find(coding::br);
    REQUIRE(made != nullptr);
    CHECK(made->body.starts_with("br5bbb"));
    CHECK(made->head == "Content-Encoding: br\r\n");
    CHECK(content->variants().find(coding::gzip) == nullptr);
    CHECK_FALSE(w.want("k", content, coding::br));
}

TEST_CASE("the bytes of variants are charged to L1 until their entry goes") {
    world w;
    const auto content = w.put("k");
    const std::size_t before = w.tier.stats().bytes;
    w.want("k", content, coding::br);
    w.want("k", content, coding::gzip);
    REQUIRE(w.comes_to(coding::gzip, "made"));
    CHECK(w.tier.stats().bytes >= before + 2 * 5000);
    CHECK(w.tier.stats().bytes < before + 2 * 6000);
    w.tier.forget(std::vector<std::string>{"k"});
    CHECK(w.tier.stats().bytes == 0);
    CHECK(w.tier.stats().entries == 0);
}

TEST_CASE("a variant that saves less than a tenth is not kept and not tried again") {
    std::atomic<int> tries{0};
    world w{{.compress =
                 [&tries](coding, std::string_view of, int) {
                     ++tries;
                     return std::string{of.substr(0, of.size() - of.size() / 10)};
                 },
             .head_of = {}}};
    const auto content = w.put("k");
    const std::size_t before = w.tier.stats().bytes;
    REQUIRE(w.want("k", content, coding::zstd));
    REQUIRE(w.comes_to(coding::zstd, "not_smaller"));
    CHECK(content->variants().find(coding::zstd) == nullptr);
    CHECK_FALSE(w.want("k", content, coding::zstd));
    CHECK(tries == 1);
    CHECK(w.tier.stats().bytes == before);
}

TEST_CASE("nothing is compressed for an entry that L1 does not hold any more") {
    std::atomic<int> tries{0};
    world w{{.compress =
                 [&tries](coding, std::string_view, int) {
                     ++tries;
                     return std::string{};
                 },
             .head_of = {}}};
    const auto old = w.put("k");
    const auto other = w.put("k");
    REQUIRE(w.want("k", old, coding::br));
    REQUIRE(w.comes_to(coding::br, "gone"));
    REQUIRE(w.want("nowhere", other, coding::br));
    REQUIRE(w.comes_to(coding::br, "gone", 2));
    CHECK(tries == 0);
    CHECK(old->variants().find(coding::br) == nullptr);
}

TEST_CASE("a variant whose entry is forgotten while it is made is not kept") {
    std::promise<void> begun;
    std::promise<void> may_go_on;
    world w{{.compress =
                 [&](coding, std::string_view, int) {
                     begun.set_value();
                     may_go_on.get_future().wait();
                     return std::string{"short"};
                 },
             .head_of = {}}};
    const auto old = w.put("k");
    REQUIRE(w.want("k", old, coding::br));
    begun.get_future().wait();
    w.coherence.forget(std::vector<std::string>{"k"}, {});
    w.tier.forget(std::vector<std::string>{"k"});
    const auto fresh = w.put("k");
    const std::size_t before = w.tier.stats().bytes;
    may_go_on.set_value();
    REQUIRE(w.comes_to(coding::br, "gone"));
    CHECK(fresh->variants().find(coding::br) == nullptr);
    CHECK(w.tier.stats().bytes == before);
}

TEST_CASE("more wishes than the queue has room for are dropped and wanted again later") {
    std::promise<void> begun;
    std::promise<void> may_go_on;
    std::atomic<bool> is_first{true};
    world w{{.compress =
                 [&](coding, std::string_view, int) {
                     if (is_first.exchange(false)) {
                         begun.set_value();
                         may_go_on.get_future().wait();
                     }
                     return std::string{"short"};
                 },
             .head_of = {}}};
    const auto first = w.put("first");
    REQUIRE(w.want("first", first, coding::br));
    begun.get_future().wait();  // so that it waits in no queue
    std::vector<entry_ptr> all;
    for (std::size_t i = 0; i < variant_queue::waiting_max; ++i) {
        all.push_back(w.put("k" + std::to_string(i)));
        REQUIRE(w.want("k" + std::to_string(i), all.back(), coding::br));
    }
    const auto late = w.put("late");
    CHECK_FALSE(w.want("late", late, coding::br));
    CHECK(w.ended(coding::br, "dropped") == 1);
    may_go_on.set_value();
    REQUIRE(w.comes_to(coding::br, "made", 1 + static_cast<double>(variant_queue::waiting_max)));
    CHECK(w.want("late", late, coding::br));
    CHECK(eventually([&] { return late->variants().find(coding::br) != nullptr; }));
}

TEST_CASE("a variant that cannot be made leaves the entry as it is") {
    world w{{.compress = [](coding, std::string_view, int) -> std::string { throw std::bad_alloc(); },
             .head_of = {}}};
    const auto content = w.put("k");
    REQUIRE(w.want("k", content, coding::gzip));
    REQUIRE(w.comes_to(coding::gzip, "failed"));
    CHECK(content->variants().find(coding::gzip) == nullptr);
    CHECK_FALSE(w.want("k", content, coding::gzip));
    CHECK(w.tier.find("k", unix_now()) == content);
}

}  // namespace

}  // namespace weir::variant_queue_test
