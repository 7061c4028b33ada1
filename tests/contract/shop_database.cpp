#include "shop_database.hpp"

#include "weir/adapters/postgres_loader.hpp"
#include "weir/adapters/postgres_outbox.hpp"
#include "weir/adapters/postgres_write_store.hpp"
#include "weir/policy/change_map.hpp"
#include "weir/schema/migration.hpp"

#include "support/catch.hpp"
#include "support/fake_database.hpp"
#include "support/servers.hpp"

#include <map>
#include <stdexcept>

namespace weir::test {

shop_database::shop_database() {
    resource one;
    one.name = "item";
    one.from = sql_load{
        .select = {.name = "item",
                   .sql = "select row_to_json(t)::text from (select id, price from items where id = $1) t",
                   .values = {0}}};
    resource many;
    many.name = "items";
    many.from = sql_load{
        .rows = row_shape::many,
        .select = {
            .name = "items",
            .sql = "select coalesce(json_agg(t.id order by t.id), '[]')::text from items t where locale = $1",
            .values = {0}}};
    policy_.resources = {one, many};
    write create;
    create.name = "create";
    create.statements = {{.name = "create",
                          .sql = "with w as (insert into items values ($1, $2, $3) returning id) "
                                 "select row_to_json(w)::text from w",
                          .values = {0, 1, 2}}};
    write update;
    update.name = "update";
    update.statements = {
        {.name = "update",
         .sql = "with w as (update items set locale = coalesce($1, locale), price = coalesce($2::int, price) "
                "where id = $3 returning id) select row_to_json(w)::text from w",
         .values = {1, 2, 0}}};
    policy_.writes = {create, update};
    change c;
    c.table = "items";
    c.columns = {{.name = "id", .rule = {}}, {.name = "locale", .rule = {}}};
    c.bulk_rows = bulk_rows;
    policy_.changes = {c};
}

namespace {

row_image image(const std::string& id, const std::string& locale) {
    return {.table = "items", .columns = {{"id", id}, {"locale", locale}}};
}

class fake_shop final : public shop_database {
 public:
    fake_shop() {
        db_.delay_own_rows(milliseconds{400});
        db_.on_write("create", [this](const std::vector<sql_value>& v) -> result<fake::effect> {
            if (locales_.contains(*v[0])) return errc::conflict;
            if (v[2]->starts_with('-')) return errc::constraint;
            return put(*v[0], *v[1], *v[2], {image(*v[0], *v[1])});
        });
        db_.on_write("update", [this](const std::vector<sql_value>& v) -> result<fake::effect> {
            if (!locales_.contains(*v[0]))
                return fake::effect{.row = std::nullopt, .changes = {}, .images = {}};
            const auto before = locales_.at(*v[0]);
            const auto after = v[1].value_or(before);
            std::vector<row_image> images{image(*v[0], before)};
            if (after != before) images.push_back(image(*v[0], after));
            return put(*v[0], after, v[2].value_or("1"), std::move(images));
        });
    }

    loader& reads() override { return loader_; }
    write_store& writes() override { return write_store_; }
    outbox& pending() override { return outbox_; }
    outbox& other_pending() override { return other_outbox_; }
    write_store& other_writes() override { return other_write_store_; }
    std::size_t pending_count() override { return db_.pending().size(); }
    void insert_behind(const std::vector<std::string>& ids) override {
        std::vector<row_image> images;
        for (const auto& id : ids) {
            auto one = put(id, "en", "1", {});
            db_.change_behind(one);
            images.push_back(image(id, "en"));
        }
        const bool is_bulk = images.size() > bulk_rows;
        db_.change_behind({.row = {}, .changes = {}, .images = std::move(images), .is_bulk = is_bulk});
    }
    std::size_t retained_count() override { return db_.retained(); }

 private:
    fake::effect put(const std::string& id, const std::string& locale, const std::string& price,
                     std::vector<row_image> images) {
        locales_[id] = locale;
        std::map<std::string, std::string> lists{{"en", ""}, {"id", ""}};
        for (const auto& [item, of] : locales_) lists[of] += (lists[of].empty() ? "\"" : ", \"") + item + '"';
        fake::effect made{.row = R"({"id":")" + id + "\"}", .changes = {}, .images = std::move(images)};
        made.changes.push_back({"item", {id}, R"({"id":")" + id + R"(","price":)" + price + '}'});
        for (const auto& [of, list] : lists) made.changes.push_back({"items", {of}, '[' + list + ']'});
        return made;
    }

    std::map<std::string, std::string> locales_;
    fake::database db_;
    fake::loader loader_{db_};
    fake::outbox outbox_{db_};
    fake::write_store write_store_{db_, &outbox_};
    fake::outbox other_outbox_{db_};
    fake::write_store other_write_store_{db_, &other_outbox_};
};

class postgres_shop final : public shop_database {
 public:
    explicit postgres_shop(const boost::asio::any_io_executor& executor) : pool_(executor, options()) {
        server_.query("create table items (id text primary key, locale text, price int check (price >= 0))");
        server_.query("begin;" + migration_sql(policy_) + "commit");
    }

    loader& reads() override { return loader_; }
    write_store& writes() override { return write_store_; }
    outbox& pending() override { return outbox_; }
    outbox& other_pending() override { return other_outbox_; }
    write_store& other_writes() override { return other_write_store_; }
    std::size_t pending_count() override {
        return std::stoul(server_.query("select count(*) from weir.outbox where settled_at is null"));
    }
    std::size_t retained_count() override {
        return std::stoul(server_.query("select count(*) from weir.outbox where settled_at is not null"));
    }
    void insert_behind(const std::vector<std::string>& ids) override {
        std::string rows;
        for (const auto& id : ids) rows += (rows.empty() ? "('" : ", ('") + id + "', 'en', 1)";
        server_.query("insert into items values " + rows);
    }

 private:
    postgres::pool_options options() const {
        postgres::pool_options made;
        made.to = postgres::conninfo::parse(server_.url());
        return made;
    }

    private_postgres server_;
    postgres::pool pool_;
    postgres_loader loader_{pool_};
    postgres_consumer self_;
    postgres_write_store write_store_{pool_, self_};
    postgres_outbox outbox_{pool_, self_};
    postgres_consumer other_;
    postgres_write_store other_write_store_{pool_, other_};
    postgres_outbox other_outbox_{pool_, other_};
};

// The shop lives within its story, so that it is closed when the story ends, however it ends.
awaitable<void> told_of(std::string kind, shop_story story) {
    const auto executor = co_await boost::asio::this_coro::executor;
    std::unique_ptr<shop_database> shop;
    if (kind == "fake") {
        shop = std::make_unique<fake_shop>();
    } else {
        shop = std::make_unique<postgres_shop>(executor);
    }
    const auto entered = co_await shop->pending().enter(shop->facts_of("one"), soon());
    REQUIRE(entered.has_value());
    co_await story(*shop);
}

}  // namespace

consumer_facts shop_database::facts_of(const std::string& name, milliseconds lifetime) const {
    return {.name = name,
            .description = "weir:v1",
            .needs = recorded_needs(policy_),
            .retention = milliseconds{0},
            .lifetime = lifetime};
}

void tell(const std::string& kind, shop_story story) {
    boost::asio::io_context context;
    run(context, told_of(kind, story));
}

std::vector<std::string> in_words(const std::vector<outbox_row>& rows) {
    std::vector<std::string> words;
    for (const auto& row : rows) {
        std::string line = row.image.table + (row.is_bulk ? " as a whole" : "");
        for (const auto& [name, value] : row.image.columns) line += ' ' + name + '=' + value.value_or("null");
        words.push_back(line);
    }
    return words;
}

std::vector<std::int64_t> ids_of(const std::vector<outbox_row>& rows) {
    std::vector<std::int64_t> ids;
    for (const auto& row : rows) ids.push_back(row.id);
    return ids;
}

}  // namespace weir::test
