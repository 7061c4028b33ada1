#include "http_story.hpp"

#include "weir/api/compress.hpp"
#include "weir/base/path_pattern.hpp"

#include "support/borrowed.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <prometheus/text_serializer.h>

#include <stdexcept>

namespace weir::test {
namespace {

namespace asio = boost::asio;

parameter parameter_of(std::string name, parameter_source source) {
    parameter p;
    p.name = std::move(name);
    p.source = source;
    return p;
}

resource resource_of(std::string name, std::string path) {
    resource r;
    r.name = std::move(name);
    r.path = parse_path_pattern(path);
    r.cached.emplace();
    for (const std::string& each : r.path.names())
        r.parameters.push_back(parameter_of(each, parameter_source::path));
    return r;
}

write write_of(std::string name, std::string path, unsigned success) {
    write w;
    w.name = std::move(name);
    w.path = parse_path_pattern(path);
    w.success_status = success;
    for (const std::string& each : w.path.names())
        w.parameters.push_back(parameter_of(each, parameter_source::path));
    return w;
}

void add_fields(write& w, bool are_required) {
    for (const auto* name : {"name", "price_cents"}) {
        parameter p = parameter_of(name, parameter_source::body);
        p.required = are_required;
        if (p.name == "price_cents") p.rule.type = value_type::integer;
        w.parameters.push_back(p);
    }
}

entry_ptr entry_of(entry_kind kind, std::string body) {
    entry_parts e;
    e.kind = kind;
    e.load_start = unix_now() - seconds{3};
    e.soft_expiry = e.load_start + seconds{300};
    e.hard_expiry = e.soft_expiry;
    if (kind == entry_kind::value) e.etag = "tag-" + std::to_string(body.size());
    e.text = std::move(body);
    return entry::make(e);
}

provenance hit() {
    return {.from = provenance::source::hit, .where = provenance::tier::l2};
}

provenance miss() {
    return {.from = provenance::source::miss, .where = provenance::tier::l2, .is_stored = true};
}

awaitable<void> await_opening(http_story& story) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!story.is_open) {
        timer.expires_after(milliseconds{1});
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace

std::vector<std::string> http_story::last_values() {
    const std::lock_guard lock(mutex_);
    return last_;
}

void http_story::note(std::vector<std::string> values) {
    const std::lock_guard lock(mutex_);
    last_ = std::move(values);
}

entry_ptr http_story::coded(const resource& what, const std::string& rows) {
    const std::lock_guard lock(mutex_);
    entry_ptr& kept = coded_[rows];
    if (kept) return kept;
    std::string body = "[0";
    for (int i = 1; i < std::stoi(rows); ++i) body += ", " + std::to_string(i * 7919 % 1000);
    entry_parts made;
    made.load_start = unix_now() - seconds{3};
    made.soft_expiry = made.load_start + seconds{300};
    made.hard_expiry = made.soft_expiry;
    made.etag = "tag";
    made.text = body + "]";
    return kept = entry::make(made, api::constant_head(*what.cached, made, made.etag, coding::identity));
}

policy http_policy() {
    policy p;
    p.resources.push_back(resource_of("item", "/v1/items/{id}"));

    resource list = resource_of("list", "/v1/lists");
    list.parameters.push_back(parameter_of("locale", parameter_source::query));
    parameter page = parameter_of("page", parameter_source::query);
    page.rule.type = value_type::integer;
    page.required = false;
    page.default_value = "1";
    list.parameters.push_back(page);
    list.cached->tags.push_back(
        key_template::parse("lists:all:{locale}", [](std::string_view) { return 0U; }));
    p.resources.push_back(list);

    resource copied = resource_of("copied", "/v1/copied/{id}");
    copied.cached->max_age = seconds{60};
    p.resources.push_back(copied);

    resource coded = resource_of("coded", "/v1/coded/{rows}");
    coded.cached->is_compressed = true;
    p.resources.push_back(coded);

    resource me = resource_of("me", "/v1/me/{id}");
    me.cached.reset();
    p.resources.push_back(me);

    write create = write_of("create_item", "/admin/v1/items", 201);
    create.parameters.push_back(parameter_of("id", parameter_source::body));
    add_fields(create, true);
    write update = write_of("update_item", "/admin/v1/items/{id}", 200);
    add_fields(update, false);
    write remove = write_of("delete_item", "/admin/v1/items/{id}", 200);
    remove.method = route_method::del;
    p.writes = {create, update, remove};
    return p;
}

std::optional<answer> fake_reader::find(const resource_ptr& what, const std::vector<std::string>& values,
                                        const moment&) {
    if (what->name != "coded" || values.front() == "absent") return std::nullopt;
    return answer{.content = story_.coded(*what, values.front()),
                  .how = {.from = provenance::source::hit, .where = provenance::tier::l1}};
}

void fake_reader::want(const resource_ptr& what, const std::vector<std::string>&, const entry_ptr& of,
                       coding how) {
    if (!story_.makes_variants || !of->variants().claim(how)) return;
    of->variants().fill(how, {.body = compress(how, of->body(), story_.declared.compress.level(how)),
                              .head = api::constant_head(*what->cached, *of, of->etag(), how)});
}

awaitable<result<answer>> fake_reader::fetch(resource_ptr what, std::vector<std::string> values,
                                             deadline until) {
    ++story_.gets;
    story_.note(values);
    const std::string how = values.front();
    if (how == "slow") {
        ++story_.started_slow;
        co_await await_opening(story_);
    }
    if (how == "late") {
        asio::steady_timer timer(co_await asio::this_coro::executor, until.at());
        co_await timer.async_wait(asio::use_awaitable);
        co_return errc::timeout;
    }
    if (how == "overloaded") co_return errc::overloaded;
    if (how == "unavailable") co_return errc::unavailable;
    if (how == "rejected") co_return errc::rejected;
    if (how == "malformed") co_return errc::malformed;
    if (how == "throws") throw std::runtime_error("a defect");
    if (how == "absent") co_return answer{.content = entry_of(entry_kind::absence, {}), .how = miss()};
    if (!what->cached) {
        co_return answer{.content = entry_of(entry_kind::value, R"({"me":1})"),
                         .how = {.from = provenance::source::bypass}};
    }
    if (how == "big") co_return answer{.content = entry_of(entry_kind::value, story_.big_body), .how = hit()};
    std::string body = R"({"id":")" + how + R"("})";
    co_return answer{.content = entry_of(entry_kind::value, std::move(body)),
                     .how = how == "missed" ? miss() : hit()};
}

awaitable<write_result<write_receipt>> fake_writer::perform(const write&, std::vector<sql_value> values,
                                                            context) {
    ++story_.applies;
    std::vector<std::string> texts;
    for (const sql_value& v : values) texts.push_back(v.value_or("null"));
    story_.note(texts);
    const std::string how = texts.front();
    if (how == "conflict") co_return errc::conflict;
    if (how == "constraint") co_return errc::constraint;
    if (how == "unknown") co_return errc::outcome_unknown;
    if (how == "unavailable") co_return errc::unavailable;
    if (how == "overloaded") co_return errc::overloaded;
    if (how == "slow") {
        ++story_.started_slow;
        co_await await_opening(story_);
    }
    write_receipt receipt;
    if (how != "nobody") receipt.row = R"({"id":")" + how + R"("})";
    receipt.invalidated = {"weir:v1:items:" + how, "weir:v1:lists:\"en\""};
    receipt.is_pending = how == "pending";
    co_return receipt;
}

awaitable<result<void>> fake_writer::invalidate(std::vector<std::string> keys, std::vector<std::string> tags,
                                                context) {
    const bool is_down = !keys.empty() && keys.front() == "weir:v1:unavailable";
    keys.insert(keys.end(), tags.begin(), tags.end());
    story_.note(keys);
    if (is_down) co_return errc::unavailable;
    co_return result<void>{};
}

awaitable<explanation> fake_explainer::explain(const resource& what, std::vector<std::string> values) {
    story_.note(values);
    explanation out;
    out.at = unix_ms{milliseconds{1'767'323'045'678}};
    out.key = {"weir:v1:" + what.name, {}, out.at - milliseconds{250}};
    out.tags = {{"weir:v1:all:" + what.name, "v7", {}}};
    entry_parts kept;
    kept.load_start = out.at - milliseconds{1500};
    kept.soft_expiry = out.at + seconds{60};
    kept.load_cost = microseconds{2500};
    kept.etag = "e1";
    kept.text = "{}";
    out.l2 = {.what = tier_view::state::present,
              .content = entry::make(kept),
              .tag_versions = std::vector<std::string>{"v6"}};
    co_return out;
}

struct http_node::worker {
    worker(http_story& story, metrics_registry& metrics, const options& o, api::health_check health,
           api::metrics_text text)
        : reader_(story),
          writer_(story),
          explainer_(story),
          server_(context_.get_executor(),
                  {.listener = o.is_admin ? "admin" : "public",
                   .limit = o.limit,
                   .access_log_ratio = o.access_log_ratio},
                  o.is_admin ? api::admin_routes(borrowed(story.declared), writer_, explainer_, "sesame",
                                                 std::move(health), std::move(text), o.request_timeout)
                             : api::public_routes(borrowed(story.declared), reader_, std::move(health),
                                                  o.request_timeout, metrics),
                  metrics) {}

    boost::asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    fake_reader reader_;
    fake_writer writer_;
    fake_explainer explainer_;
    http::server server_;
    std::thread thread_;
    std::atomic<bool> is_drained_{false};
};

http_node::http_node(options o) {
    story_.declared = http_policy();
    const auto health = [this] {
        return std::vector<api::dependency_state>{
            {.name = "postgres", .is_up = story_.is_postgres_up, .detail = {}},
            {.name = "redis", .is_up = false, .detail = "refused", .is_required = false}};
    };
    for (std::size_t i = 0; i < o.workers; ++i) {
        workers_.push_back(
            std::make_unique<worker>(story_, metrics_, o, health, [this] { return metrics_text(); }));
        const auto bound =
            workers_.back()->server_.listen({asio::ip::address_v4::loopback(), port_}, http::reuse_port::yes);
        REQUIRE(bound.has_value());
        port_ = bound->port();
        workers_.back()->server_.start();
    }
    for (auto& w : workers_) w->thread_ = std::thread([c = &w->context_] { c->run(); });
}

http_node::~http_node() {
    drain(seconds{0});
}

std::string http_node::metrics_text() const {
    return prometheus::TextSerializer{}.Serialize(metrics_.Collect());
}

void http_node::begin_drain(steady_clock::duration within) {
    is_drained_ = true;
    for (auto& w : workers_) {
        asio::post(w->context_, [w = w.get(), until = deadline::in(within)] {
            asio::co_spawn(w->context_, w->server_.drain(until), [w](std::exception_ptr) {
                w->is_drained_ = true;
                w->is_drained_.notify_one();
            });
        });
    }
}

void http_node::await_drained() {
    for (auto& w : workers_) {
        w->is_drained_.wait(false);
        w->work_.reset();
        w->thread_.join();
    }
}

void http_node::drain(steady_clock::duration within) {
    if (is_drained_) return;
    begin_drain(within);
    await_drained();
}

void http_node::announce_drain() {
    for (auto& w : workers_) {
        std::atomic<bool> is_done{false};
        asio::post(w->context_, [&] {
            w->server_.announce_drain();
            is_done = true;
            is_done.notify_one();
        });
        is_done.wait(false);
    }
}

std::size_t http_node::connections() {
    std::size_t sum = 0;
    for (auto& w : workers_) {
        std::atomic<bool> is_done{false};
        asio::post(w->context_, [&] {
            sum += w->server_.connections();
            is_done = true;
            is_done.notify_one();
        });
        is_done.wait(false);
    }
    return sum;
}

}  // namespace weir::test
