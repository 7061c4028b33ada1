#include "bypass.hpp"

#include <libpq-fe.h>

#include <array>
#include <utility>

namespace weir::checker {
namespace {

struct result_closer {
    void operator()(PGresult* r) const { PQclear(r); }
};
using pg_answer = std::unique_ptr<PGresult, result_closer>;

// A statement that a dead Postgres never answers must not hold up the run.
constexpr const char* limits = "set statement_timeout = '2s'; set lock_timeout = '2s'";
constexpr const char* statement =
    "update products set price_cents = $2, updated_at = now() where id = $1 returning id";

}  // namespace

bypass::bypass(std::string url) : url_(std::move(url)) {}
bypass::~bypass() = default;

void bypass::closer::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

bool bypass::run(const char* sql) {
    return PQresultStatus(pg_answer{PQexec(connection_.get(), sql)}.get()) == PGRES_COMMAND_OK;
}

bool bypass::connect() {
    const std::array<const char*, 4> names{"dbname", "connect_timeout", "tcp_user_timeout", nullptr};
    const std::array<const char*, 4> values{url_.c_str(), "2", "3000", nullptr};
    connection_.reset(PQconnectdbParams(names.data(), values.data(), 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK || !run(limits)) return false;
    const pg_answer prepared{PQprepare(connection_.get(), "set_version", statement, 0, nullptr)};
    return PQresultStatus(prepared.get()) == PGRES_COMMAND_OK;
}

bool bypass::update(const std::string& id, int version) {
    const std::string number = std::to_string(version);
    const std::array<const char*, 2> values{id.c_str(), number.c_str()};
    const pg_answer done{
        PQexecPrepared(connection_.get(), "set_version", 2, values.data(), nullptr, nullptr, 0)};
    return PQntuples(done.get()) == 1;
}

void bypass::move(move_kind what, std::size_t number, std::size_t joined) {
    if (!connection_ && !connect()) {
        connection_.reset();
        return;
    }
    constexpr std::array statements{
        "update lines set product = (select id from products where id like 'c%' order by random() limit 1) ",
        "update lines set shelf = floor(random() * ", "update baskets set order_no = floor(random() * "};
    std::string sql = statements[static_cast<std::size_t>(what)];
    if (what != move_kind::product_of_line) sql += std::to_string(joined) + ") ";
    sql += (what == move_kind::order_of_basket ? "where basket = " : "where order_no = ") +
           std::to_string(number);
    if (!run(sql.c_str())) connection_.reset();
}

std::optional<moment> bypass::set_version(const std::string& id, int version) {
    if (!connection_ && !connect()) {
        connection_.reset();
        return std::nullopt;
    }
    const auto began = std::chrono::steady_clock::now();
    if (!run("begin") || !update(id, version) || !run("commit")) {
        connection_.reset();
        return std::nullopt;
    }
    return std::chrono::duration_cast<moment>(std::chrono::steady_clock::now() - began);
}

}  // namespace weir::checker
