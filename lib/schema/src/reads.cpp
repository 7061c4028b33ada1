#include "weir/schema/reads.hpp"

#include "reads_sql.hpp"
#include "type_facts.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

namespace weir {
namespace {

using kind = seen_object::kind;

kind kind_of(std::string_view word) {
    if (word == "materialized_view") return kind::materialized_view;
    if (word == "foreign_table") return kind::foreign_table;
    if (word == "sequence") return kind::sequence;
    if (word == "catalogue") return kind::catalogue;
    if (word == "opaque_function") return kind::opaque_function;
    if (word == "volatile_function") return kind::volatile_function;
    return kind::table;
}

// Reads "0,2".
std::vector<std::size_t> numbers_in(std::string_view text) {
    std::vector<std::size_t> out;
    while (!text.empty()) {
        std::size_t number = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure != std::errc{}) break;
        out.push_back(number);
        text.remove_prefix(
            std::min<std::size_t>(text.size(), static_cast<std::size_t>(end - text.data()) + 1));
    }
    return out;
}

seen_object object_of(const std::vector<postgres::sql_text>& row) {
    const auto text = [&](std::size_t i) { return row[i].value_or(""); };
    return {.what = kind_of(text(0)),
            .name = text(1),
            .columns = text(2),
            .via = text(3),
            .has_row_security = text(4) == "t",
            .is_frozen = text(5) == "t",
            .is_changed = text(6) == "t",
            .language = text(7),
            .changes = numbers_in(text(8))};
}

// Returns the line of the author's SQL that holds a character of the statement, counted from 0. Weir puts one
// line of its own before the author's first.
std::size_t line_of(std::string_view sql, std::size_t position) {
    if (position == 0) return 0;
    std::size_t characters = 0;
    std::size_t breaks = 0;
    for (const char c : sql) {
        const bool is_continuation = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
        if (!is_continuation && ++characters >= position) break;
        if (c == '\n') ++breaks;
    }
    return breaks > 0 ? breaks - 1 : 0;
}

sql_refusal refusal_of(const postgres::server_error& e, std::string_view sql) {
    return {.message = e.message, .hint = e.hint, .line = line_of(sql, e.position)};
}

// Returns whether the server refused the statement. Otherwise the connection failed, or time ran out.
bool is_refusal(const postgres::connection& on) {
    return on.is_open() && !on.is_busy() && !on.last_error().sqlstate.empty();
}

std::vector<typed> without_modifiers(const std::vector<std::uint32_t>& types) {
    std::vector<typed> out;
    for (const auto type : types) out.push_back({type, -1});
    return out;
}

// Returns whether an error is not of one statement: no right to create, a server without writes, no time.
bool concerns_all(const postgres::server_error& e) {
    return e.sqlstate == "42501" || e.sqlstate == "25006" || e.sqlstate == "57014" || e.sqlstate == "55P03";
}

awaitable<result<std::vector<type_facts>>> facts_of(postgres::connection& on, std::vector<typed> types,
                                                    deadline until) {
    std::vector<type_facts> facts;
    if (types.empty()) co_return facts;
    const auto got = co_await on.exec(type_facts_query(types), until);
    if (!got) co_return got.error();
    for (const auto& row : got->rows) facts.push_back(read_type_facts(row, 0));
    co_return facts;
}

// Adds the types of the parameters and of the result's columns, in one question.
awaitable<result<void>> add_types(postgres::connection& on, const postgres::description& of, inspection& to,
                                  deadline until) {
    auto types = without_modifiers(of.parameters);
    for (const auto& column : of.columns) types.push_back({column.type, column.modifier});
    auto facts = co_await facts_of(on, std::move(types), until);
    if (!facts) co_return facts.error();
    const auto count = static_cast<std::ptrdiff_t>(std::min(of.parameters.size(), facts->size()));
    to.parameters.assign(facts->begin(), facts->begin() + count);
    for (std::size_t i = of.parameters.size(); i < facts->size(); ++i) {
        to.columns.emplace_back(of.columns[i - of.parameters.size()].name, (*facts)[i]);
    }
    co_return result<void>{};
}

std::string list_of(const std::vector<type_facts>& types) {
    std::string out;
    for (const auto& t : types) out += (out.empty() ? "" : ", ") + t.written;
    return out;
}

awaitable<result<void>> roll_back(postgres::connection& on, deadline until) {
    if (!on.is_open() || on.is_busy() || !on.is_in_transaction()) co_return result<void>{};
    const auto done = co_await on.exec("rollback", until);
    if (!done) co_return done.error();
    co_return result<void>{};
}

// Adds the types that Postgres infers where the SQL gives a parameter none. It may not be able to: then they
// stay empty.
awaitable<result<void>> add_inferred(postgres::connection& on, std::string untyped_sql, inspection& to,
                                     deadline until) {
    if (untyped_sql.empty()) co_return result<void>{};
    const auto types = co_await on.describe(std::move(untyped_sql), until);
    if (!types && !is_refusal(on)) co_return types.error();
    if (!types) co_return result<void>{};
    auto facts = co_await facts_of(on, without_modifiers(types->parameters), until);
    if (!facts) co_return facts.error();
    to.inferred = std::move(*facts);
    co_return result<void>{};
}

awaitable<result<void>> add_objects(postgres::connection& on, const policy& p, const std::string& sql,
                                    inspection& to, deadline until) {
    const auto got = co_await on.exec(inspection_sql(p, sql, list_of(to.parameters)), until);
    const auto failure = got ? error_code{} : got.error();
    if (!got && is_refusal(on) && !concerns_all(on.last_error()))
        to.refused = refusal_of(on.last_error(), {});
    const auto rolled_back = co_await roll_back(on, until);
    if (failure && !to.refused) co_return failure;
    if (!rolled_back) co_return rolled_back.error();
    if (failure) co_return result<void>{};
    for (const auto& row : got->rows) to.objects.push_back(object_of(row));
    co_return result<void>{};
}

}  // namespace

awaitable<result<inspection>> inspect(postgres::connection& on, const policy& p, std::string sql,
                                      std::string untyped_sql, deadline until) {
    inspection out;
    const auto types = co_await on.describe(sql, until);
    if (!types && !is_refusal(on)) co_return types.error();
    if (!types) out.refused = refusal_of(on.last_error(), sql);
    const auto inferred = co_await add_inferred(on, std::move(untyped_sql), out, until);
    if (!inferred) co_return inferred.error();
    if (!types) co_return out;
    const auto typed = co_await add_types(on, *types, out, until);
    if (!typed) co_return typed.error();
    const auto added = co_await add_objects(on, p, sql, out, until);
    if (!added) co_return added.error();
    co_return out;
}

}  // namespace weir
