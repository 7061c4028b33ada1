#include "weir/cache/consumer.hpp"

#include "weir/base/hash.hpp"
#include "weir/base/log.hpp"
#include "weir/policy/change_map.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

consumer::consumer(const boost::asio::any_io_executor& executor, consumer_options options, parts of,
                   prometheus::Registry& registry)
    : options_(options),
      parts_(std::move(of)),
      pause_(executor),
      nonce_(random_token()),
      others_(gauge(registry, "weir_consumers_others",
                    "1 while other consumers of the outbox are alive that declare a common table")),
      open_(gauge(registry, "weir_consumer_open",
                  "1 while this node's consumer is registered and has forgotten what came before")),
      incarnations_(gauge(registry, "weir_consumer_incarnation",
                          "Raised when the registration had lapsed: everything was forgotten")) {
    parts_.coherence.register_until(steady_clock::time_point::min());
}

awaitable<void> consumer::run() {
    while (!pause_.is_stopped()) {
        const bool is_kept = co_await keep();
        if (is_kept) between_failures_.reset();
        const auto rest = is_kept ? options_.trust / 3
                                  : between_failures_.next(std::uniform_real_distribution<>{}(random_));
        const bool goes_on = co_await pause_.wait(rest);
        if (!goes_on) break;
    }
    co_await leave();
}

// Shortens the registration. Another node of this consumer renews it within that time. Otherwise the others
// need wait no longer.
awaitable<void> consumer::leave() {
    const auto trust_ends = options_.trust + options_.trust / 10;
    const auto left = parts_.where != nullptr ? trust_ends : milliseconds{0};
    co_await parts_.outbox.leave(left, deadline::in(options_.call_timeout));
}

// Returns whether the registration stands and is open.
awaitable<bool> consumer::keep() {
    const auto as = co_await facts();
    if (!as) {
        note(as.error());
        co_return false;
    }
    if (owes_for_too_long()) {
        const bool may_go_on = co_await can_forget();
        if (!may_go_on) co_return false;
    }
    if (!name_.empty() && name_ != as->name) co_await leave();  // L2 has lost the nonce, and has another one
    name_ = as->name;
    const auto sent = steady_clock::now();
    const auto entered = co_await parts_.outbox.enter(*as, deadline::in(options_.call_timeout));
    if (!entered) {
        note(entered.error());
        co_return false;
    }
    note({});
    note_owed(entered->oldest_owed);
    if (entered->is_open) {
        const bool has_moved = was_open_ && known_->id != entered->id;
        bool has_forgotten = true;
        if (has_moved) has_forgotten = co_await forget_everything(false);
        if (has_forgotten) adopt(*entered, sent);
        co_return has_forgotten;
    }
    const bool has_begun = co_await begin_incarnation(*entered);
    // Renewed at once: to forget, and to be noticed by others, took time.
    if (has_begun) pause_.cut_short();
    co_return has_begun;
}

void consumer::note_owed(std::int64_t oldest) {
    if (oldest != owed_) owed_since_ = steady_clock::now();
    owed_ = oldest;
}

bool consumer::owes_for_too_long() const {
    return owed_ != 0 && steady_clock::now() - owed_since_ >= options_.lifetime;
}

// Forgets a name that nothing has. Returns whether that succeeded: then the relay can deliver what is owed,
// and has another `lifetime` for it.
awaitable<bool> consumer::can_forget() {
    const touched nothing{.keys = {}, .tags = {parts_.declared.current()->key_head() + ":all:"}};
    const auto done = co_await parts_.follows.run(nothing, deadline::in(options_.call_timeout));
    if (!done.is_complete()) {
        note(done.why);
        co_return false;
    }
    owed_ = 0;
    co_return true;
}

// Returns what identifies this consumer. Without its L2 the nonce of before stands; a first one is needed.
awaitable<result<consumer_facts>> consumer::facts() {
    const policy_ptr declared = parts_.declared.current();
    if (parts_.where != nullptr) {
        auto found = co_await parts_.where->find(nonce_, deadline::in(options_.call_timeout));
        if (!found && !known_) co_return found.error();
        if (found) nonce_ = *std::move(found);
    }
    const std::string head = declared->key_head();
    co_return consumer_facts{.name = sha256_hex(nonce_ + '\n' + head + '\n' + change_map_text(*declared)),
                             .description = head,
                             .needs = recorded_needs(*declared),
                             .retention = options_.retention,
                             .lifetime = options_.lifetime};
}

// Forgets what was stored before this incarnation, and opens it. Rows are delivered meanwhile.
awaitable<bool> consumer::begin_incarnation(const registration& now) {
    parts_.coherence.register_until(steady_clock::time_point::min());
    const bool is_first = now.incarnation == 1 && !was_open_;
    const auto since = steady_clock::now();
    const auto asked = parts_.servers.asked();
    known_ = now;
    known_until_ = {};
    open_.Set(0);
    // Until they have noticed this consumer, the others acknowledge writes without its mark. What was loaded
    // in that time must be forgotten as well, so forgetting comes last.
    if (now.has_others) {
        const auto noticed = since + options_.trust + options_.trust / 10;
        const bool goes_on = co_await pause_.wait(noticed - steady_clock::now());
        if (!goes_on) co_return false;
    }
    const bool has_forgotten = co_await forget_everything(is_first);
    if (!has_forgotten) co_return false;
    const auto opened = co_await parts_.outbox.open(asked, deadline::in(options_.call_timeout));
    if (!opened) note(opened.error());
    co_return opened&&* opened;
}

// Forgets every resource as a whole: each entry has its resource's tag. Nothing that is loaded now can be
// stored under the versions of before.
awaitable<bool> consumer::forget_everything(bool is_first) {
    const policy_ptr declared = parts_.declared.current();
    touched names;
    for (const resource& r : declared->resources) {
        if (r.cached) names.tags.push_back(resource_tag(declared->key_head(), r));
    }
    std::sort(names.tags.begin(), names.tags.end());
    if (names.empty()) co_return true;
    if (!is_first) {
        const auto forgotten = co_await parts_.follows.run(names, context::without_end());
        if (!forgotten.is_complete()) note(forgotten.why);
        co_return forgotten.is_complete();
    }
    for (invalidation_step* step : parts_.first_steps) {
        const auto done = co_await step->run(names, deadline::in(options_.call_timeout));
        if (!done) {
            note(done.error());
            co_return false;
        }
    }
    co_return true;
}

void consumer::adopt(const registration& now, steady_clock::time_point sent) {
    const bool is_other =
        !known_ || known_->id != now.id || known_->incarnation != now.incarnation || !known_->is_open;
    known_ = now;
    was_open_ = true;
    known_until_ = sent + options_.trust;
    const auto left = std::max(milliseconds{0}, now.left - now.left / 20);
    parts_.coherence.register_until(now.has_others ? sent + std::min(options_.trust, left)
                                                   : steady_clock::time_point::max());
    others_.Set(now.has_others ? 1 : 0);
    open_.Set(1);
    incarnations_.Set(static_cast<double>(now.incarnation));
    if (!is_other) return;
    log::info("consumer_open", {{"consumer", now.id}, {"incarnation", now.incarnation}});
    if (told_) told_();
}

void consumer::note(error_code why) {
    const bool has_failed = static_cast<bool>(why);
    if (has_failed && !is_failing_) log::warn("consumer_failing", {{"why", why.message()}});
    if (!has_failed && is_failing_) log::info("consumer_recovered");
    is_failing_ = has_failed;
}

}  // namespace weir
