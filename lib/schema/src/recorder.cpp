#include "recorder.hpp"

#include "weir/base/hash.hpp"
#include "weir/schema/names.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace weir {
namespace {

// The text of a value must not depend on the settings of the session that writes, or the key would. The
// function runs with its owner's rights, so that a session that writes needs none on the schema weir.
constexpr const char* recorder_attributes =
    "() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp"
    " set datestyle = 'ISO' set timezone = 'UTC' set intervalstyle = 'postgres'"
    " set extra_float_digits = 1 as ";

// Defines weir.remember(). One bulk row for each transaction and table is enough, because a transaction
// becomes visible at once. (Transaction numbers begin again in a database that was dumped and restored. So
// the time is compared, too.)
//
// Weir's own writes set weir.due_in and weir.writer, and deliver what they recorded themselves. For relays of
// their own consumer the rows become due only after that time, and need wake none. It is bounded, so that a
// stray setting cannot withhold a delivery. Relays of other consumers take the rows at once; a writer that
// knows of such consumers sets weir.wakes_others.
//
// A transaction that has notified cannot be prepared for a two-phase commit. Where such commits are allowed,
// it does not notify, and the relays find the row at their next poll.
constexpr const char* remember = R"(
create or replace function weir.remember(changed text, images jsonb[], is_all boolean) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $weir$
declare
    wait constant interval :=
        least(greatest(coalesce(nullif(current_setting('weir.due_in', true), '')::interval, '0'), '0'), '5 s');
    author constant integer := nullif(current_setting('weir.writer', true), '')::integer;
begin
    if is_all then
        insert into weir.outbox (table_name, is_bulk, due_at, writer)
        select changed, true, clock_timestamp() + wait, author
         where not exists (select from weir.outbox o
                            where o.txid = pg_current_xact_id() and o.table_name = changed and o.is_bulk
                              and o.created_at >= transaction_timestamp());
    else
        insert into weir.outbox (table_name, image, due_at, writer)
        select changed, image, clock_timestamp() + wait, author from unnest(images) as image;
    end if;
    if found and (wait = '0' or current_setting('weir.wakes_others', true) = 'on')
       and current_setting('max_prepared_transactions') = '0' then
        perform pg_notify('weir_outbox', '');
    end if;
end
$weir$;
)";

std::string column_alias(std::size_t index) {
    return "c" + std::to_string(index);
}

// Returns the change's columns as text. Values are compared byte by byte, whatever the column's own collation
// calls equal. A change without columns still records that a row changed.
std::string selected(const change& c) {
    if (c.columns.empty()) return "null as c0";
    std::string list;
    for (std::size_t i = 0; i < c.columns.size(); ++i) {
        list += (i > 0 ? ", " : "") + ("r." + quoted_identifier(c.columns[i].name)) +
                R"(::text collate "C" as )" + column_alias(i);
    }
    return list;
}

// Returns the row image, from the columns of `selected` or from the record `of`.
std::string built(const change& c, const std::string& of = {}) {
    std::string pairs;
    for (std::size_t i = 0; i < c.columns.size(); ++i) {
        const auto& name = c.columns[i].name;
        pairs += (i > 0 ? ", " : "") + quoted_literal(name) + ", ";
        pairs += of.empty() ? column_alias(i) : of + '.' + quoted_identifier(name) + "::text";
    }
    return "jsonb_build_object(" + pairs + ")";
}

std::string collected(const change& c, const std::string& rows, const std::string& limit) {
    return "images := array(select " + built(c) + " from (select distinct * from (" + rows + ") as r" +
           limit + ") as d);\n";
}

// Returns the branch for one kind of statement. It first takes the images of so many rows that they would be
// too many if all were different. Most statements end there, large ones too, because they touch as many
// different rows. Only where many rows share few images does it read on to the end.
std::string statement_branch(const change& c, std::initializer_list<const char*> tables) {
    const std::string enough = std::to_string(c.bulk_rows + 1);
    const std::string more =
        "exists (select from " + std::string(*tables.begin()) + " offset " + enough + ')';
    std::string some;
    std::string all;
    for (const std::string table : tables) {
        const auto rows = "select " + selected(c) + " from " + table + " as r";
        const std::string_view joined_by = some.empty() ? "" : " union all ";
        some.append(joined_by).append("(").append(rows).append(" limit ").append(enough).append(")");
        all.append(joined_by).append(rows);
    }
    return "        " + collected(c, some, "") + "        if cardinality(images) < " + enough + " and " +
           more + " then\n            " + collected(c, all, " limit " + enough) + "        end if;\n";
}

// Returns the branch for replicated rows, which come one at a time. They are counted for the transaction,
// because their statement is unknown.
std::string row_branch(const change& c) {
    const std::string setting = quoted_literal("weir.rows_" + sha256_hex(c.table).substr(0, 12));
    const std::string most = std::to_string(c.bulk_rows);
    return "        rows_before := coalesce(nullif(current_setting(" + setting +
           ", true), ''), '0');\n"
           "        if rows_before > " +
           most +
           " then\n            return null;\n        end if;\n"
           "        perform set_config(" +
           setting +
           ", (rows_before + 1)::text, true);\n"
           "        is_all := rows_before = " +
           most + ";\n        if tg_op <> 'INSERT' then\n            images := images || " + built(c, "old") +
           ";\n        end if;\n"
           "        if tg_op <> 'DELETE' and (tg_op = 'INSERT' or " +
           built(c, "new") + " <> " + built(c, "old") + ") then\n            images := images || " +
           built(c, "new") + ";\n        end if;\n";
}

}  // namespace

std::string remember_sql() {
    return remember;
}

std::string recorder_body(const change& c) {
    return "\ndeclare\n    images jsonb[] := '{}';\n    is_all boolean := false;\n    rows_before "
           "integer;\nbegin\n"
           "    if tg_level = 'ROW' then\n" +
           row_branch(c) + "    elsif tg_op = 'TRUNCATE' then\n        is_all := true;\n" +
           "    elsif tg_op = 'INSERT' then\n" + statement_branch(c, {"weir_new"}) +
           "    elsif tg_op = 'UPDATE' then\n" + statement_branch(c, {"weir_old", "weir_new"}) +
           "    else\n" + statement_branch(c, {"weir_old"}) +
           "    end if;\n"
           "    is_all := is_all or cardinality(images) > " +
           std::to_string(c.bulk_rows) +
           ";\n"
           "    if is_all or images <> '{}' then\n        perform weir.remember(" +
           quoted_literal(c.table) + ", images, is_all);\n    end if;\n    return null;\nend\n";
}

std::string recorder_sql(const change& c) {
    const std::string name = recorder_name(c.table);
    const std::string note = quoted_literal(recorder_note(c));
    return "\ncreate or replace function " + name + recorder_attributes + dollar_quoted(recorder_body(c)) +
           ";\n" + "do " +
           dollar_quoted("\nbegin\n    if obj_description(to_regprocedure(" + quoted_literal(name + "()") +
                         "), 'pg_proc') is distinct from " + note + " then\n        comment on function " +
                         name + "() is " + note + ";\n    end if;\nend\n") +
           ";\n";
}

std::string recorder_note(const change& c) {
    boost::json::array columns;
    for (const auto& column : c.columns) columns.emplace_back(column.name);
    boost::json::object of_table{{"columns", std::move(columns)},
                                 {"bulk_rows", c.bulk_rows},
                                 {"sha256", sha256_hex(recorder_body(c))}};
    return boost::json::serialize(boost::json::object{{c.table, std::move(of_table)}});
}

}  // namespace weir
