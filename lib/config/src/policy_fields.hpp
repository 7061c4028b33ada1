// The fields of the tables about what Weir serves. Each row is what the reader, the reference and the JSON
// Schema know of a field (field.hpp). A new field of a resource is a member of cacheable or resource, a row
// here, and its use.
#pragma once

#include "weir/policy/policy.hpp"

#include "field.hpp"

namespace weir::config {

inline constexpr auto key_fields = std::to_array<field<policy>>({
    at<&policy::key_prefix>("prefix", key_segment{}, {}, "the first segment of every key: whose it is"),
    at<&policy::key_version>("version", key_segment{}, {},
                             "the second: a new one leaves all old entries behind to expire"),
});

// A resource's are four tables, one after the other: where it is found, its load, its cacheable, and the
// rest.
inline constexpr auto route_fields = std::to_array<field<resource>>({
    {"path",
     verbatim{},
     {needed},
     "literal segments and `{name}`; a name matches one segment that is not empty"},
    {"parameter.NAME", rule_table{}, {"needed for each name in the path"}, ""},
    {"query.NAME",
     rule_table{},
     {},
     "a query parameter; without a `default` a request must have it. Others never reach the key"},
    {"when",
     text_list{},
     {"none"},
     "names of its query parameters: it answers `path` when a request has one of them, another resource "
     "without `when` answers otherwise. See [pages](#pages)"},
});

// In the order of row_shape.
inline constexpr std::array<std::string_view, 2> row_shapes{"one", "many"};

inline constexpr auto load_fields = std::to_array<field<sql_load>>({
    {"sql",
     verbatim{},
     {needed},
     "one `select` with `{name}` for parameters. Postgres builds the JSON: column names become fields"},
    at<&sql_load::rows>("rows", choice{row_shapes}, {}, "an object, or 404 without a row; or an array"),
});

template <auto Member>
constexpr auto& in_ttl(cacheable& c) {
    return c.ttl.*Member;
}

inline constexpr std::string_view needed_unless_private = "needed, unless `private`";

inline constexpr duration_bounds any_duration{milliseconds{0}, duration_max};
inline constexpr duration_bounds whole_seconds{milliseconds{1000}, duration_max};

// A private resource has none of these.
inline constexpr auto cacheable_fields = std::to_array<field<cacheable>>({
    {"key",
     verbatim{},
     {needed_unless_private},
     "`literal:{name}:…` without prefix and version, beginning with a literal; has exactly the parameters of "
     "the SQL"},
    {"tags",
     text_list{},
     {"none"},
     "groups that the entry belongs to, written as keys, over the parameters: "
     "`[\"products:pages:{locale}\"]`. "
     "At most 6"},
    at<in_ttl<&ttl_policy::ttl>>("ttl", duration_bounds{milliseconds{100}, duration_max},
                                 {needed_unless_private},
                                 "how long an answer may live when no invalidation reaches it"),
    at<in_ttl<&ttl_policy::jitter>>(
        "jitter", any_duration, {"a tenth of `ttl`", [](cacheable& c) { c.ttl.jitter = c.ttl.ttl / 10; }},
        "up to this much is added, so that entries filled together do not expire together"),
    {"jitter_over_tenth", yes_or_no{}, {"`false`"}, "allows a `jitter` over a tenth of `ttl`"},
    at<in_ttl<&ttl_policy::negative_ttl>>(
        "negative_ttl", any_duration, {},
        "how long \"there is none\" is remembered; not over `ttl`; for `rows = \"one\"`. 0: never"),
    at<in_ttl<&ttl_policy::stale_while_revalidate>>("stale_while_revalidate", any_duration, {},
                                                    "for so long past its TTL a value is served at once and "
                                                    "loaded anew behind the answer, by one node of "
                                                    "the fleet"),
    at<in_ttl<&ttl_policy::stale_if_error>>(
        "stale_if_error", any_duration, {},
        "for so long past its TTL a value is served when it cannot be loaded: Postgres away, overloaded, too "
        "slow, a failed query. Counted from the TTL, like the other window; Redis keeps the entry for the "
        "longer of the two"),
    at<in_ttl<&ttl_policy::early_refresh>>(
        "early_refresh", number_bounds{0, 10}, {},
        "XFetch's beta: the nearer the TTL's end and the dearer the load, the likelier a hit refreshes the "
        "entry behind the answer, so that it does not run out under load. More is earlier, `0` never"),
    at<&cacheable::degraded_ttl>(
        "degraded_ttl", any_duration, {},
        "**suspends the guarantee** while this node cannot reach Redis: an answer may be so old, whatever "
        "was "
        "written meanwhile on other nodes. `weir check` says so. Not over `ttl`; needs `[redis]` and L1. See "
        "[stale answers](#stale-answers)"),
    at<&cacheable::l1_ttl>("l1_ttl", any_duration, {"`l1.ttl_max`"},
                           R"(how long at most in L1; not over `ttl` and `l1.ttl_max`. `"0s"`: never)"),
    at<&cacheable::is_compressed>(
        "compress", yes_or_no{}, {"`true`", [](cacheable& c) { c.is_compressed = true; }},
        "whether clients get it in the codings that they ask for. `false` for an answer that mixes a secret "
        "with what a stranger may choose: its length would tell (BREACH)"),
    at<&cacheable::max_age>(
        "max_age", whole_seconds, {"none"},
        "in whole seconds: lets browsers keep copies. **Those copies cannot be invalidated**: `weir check` "
        "says "
        "so each time. Without it `Cache-Control` is `public, no-cache`: copies are kept, and asked about by "
        "ETag"),
    at<&cacheable::s_maxage>("s_maxage", whole_seconds, {"none"}, "the same for CDNs"),
    at<&cacheable::shows_key>(
        "shows_key", yes_or_no{}, {},
        "with `rows = \"one\"`: a row whose columns give another key than the one that was asked for is "
        "answered and not stored. `false` if members that are named like the key's columns are other values"),
    {"unwatched.TABLE",
     reason_table{true},
     {"none"},
     "accepts that the SQL reads TABLE although no change of it reaches this resource; also for a function "
     "that "
     "Postgres cannot see through, and a table with row-level security. `weir check "
     "--database` says which"},
    {"volatile",
     reason_table{},
     {"none"},
     "accepts that the SQL depends on the time or on chance: `now()`, `current_date`, `random()`"},
});

inline constexpr auto other_resource_fields = std::to_array<field<resource>>({
    {"private",
     yes_or_no{},
     {"`false`"},
     "never cached: answered from Postgres with `no-store`. Has none of the fields from `key` to `s_maxage`"},
    {"reason", text{}, {"needed with `private`"}, "printed by `weir check`"},
    at<&resource::note>("note", text{}, {}, "printed by `weir check`"),
});

template <auto Member>
constexpr auto& in_rule(parameter& p) {
    return p.rule.*Member;
}

// In the order of value_type.
inline constexpr auto scalar_types = std::to_array<std::string_view>(
    {"text", "integer", "decimal", "boolean", "uuid", "date", "timestamp", "json"});
inline constexpr auto value_types = std::to_array<std::string_view>(
    {"text", "integer", "decimal", "boolean", "uuid", "date", "timestamp", "json", "cursor", "text[]",
     "integer[]", "decimal[]", "boolean[]", "uuid[]", "date[]", "timestamp[]"});
inline constexpr auto cursor_types =
    std::to_array<std::string_view>({"text", "integer", "decimal", "uuid", "date"});

// What the file declares to be no bound. The body's own bound stands before it.
inline constexpr std::size_t json_length_max = 1'000'000;

// Of a parameter or a body field. The reader asks for those that its type has (value_rules.cpp).
inline constexpr auto rule_fields = std::to_array<field<parameter>>({
    {"type",
     choice{value_types},
     {R"(`"text"`)"},
     "see [types](#types). `timestamp`, `json` and the lists stand in bodies alone, `cursor` in queries "
     "alone",
     "all"},
    {"of",
     choice{cursor_types},
     {R"(`"text"`)"},
     "what the cursor's value is; its other options are that type's `max_length`, or `min` and `max`",
     "cursor"},
    at<in_rule<&value_rule::length_max>>("max_length", integer_bounds{1, 1'000'000}, {},
                                         "bytes; of `json` by default as many as a body may have",
                                         "text, json"),
    at<in_rule<&value_rule::folded>>(
        "lower", yes_or_no{}, {},
        "folds A-Z to lower case: `EN` and `en` are one question, and a column's `EN` gives the same key",
        "text"),
    at<in_rule<&value_rule::min>>("min", any_integer, {"none"}, "", "integer, decimal"),
    at<in_rule<&value_rule::max>>("max", any_integer, {"none"}, "", "integer, decimal"),
    {"one_of",
     scalar_list{},
     {},
     "the only values allowed; of a list, the only items",
     "text, integer, decimal, uuid, date"},
    {"default",
     scalar{},
     {},
     "for an absent one; its own rule must accept it. A cursor's is its value as the SQL gets it, and may be "
     "`\"\"`. A list's is a list",
     "query, body"},
    {"required", yes_or_no{}, {"`false`"}, "", "body"},
    at<in_rule<&value_rule::may_be_null>>(
        "null", yes_or_no{}, {},
        "JSON's `null` is accepted and becomes SQL's. Where the SQL says `coalesce({name}, name)` that keeps "
        "the column",
        "body"),
    at<in_rule<&value_rule::as_string>>("as_string", yes_or_no{}, {},
                                        "a JSON string is accepted too, with a number in it: clients that "
                                        "read JSON's numbers as doubles lose "
                                        "digits beyond 2^53",
                                        "body integer, decimal"),
    at<in_rule<&value_rule::may_be_empty>>("empty", yes_or_no{}, {}, "`\"\"` is accepted", "body text"),
    at<in_rule<&value_rule::trimmed>>(
        "trim", yes_or_no{}, {"`false`"},
        "surrounding white space goes; always so in paths and queries, never in cursors", "body text"),
    at<in_rule<&value_rule::items_max>>("max_items", integer_bounds{1, 100'000}, {}, "", "lists"),
    at<in_rule<&value_rule::may_hold_nulls>>("null_items", yes_or_no{}, {}, "an item may be `null`", "lists"),
});

inline constexpr auto change_fields = std::to_array<field<change>>({
    {"table",
     verbatim{},
     {"NAME"},
     R"(the table's name as the database has it: `"products"`, `"Product"`, `"shop.Order Line"`. In double quotes )"
     R"(is a part with a dot in it: `'shop."a.b"'`. One change per table)"},
    {"keys",
     text_list{},
     {"this, `tags` or `through`"},
     "keys of resources, with the table's **columns** in braces; otherwise as the resource writes them. "
     "`{tags[]}`: a key for each element of an array. A literal may stand for a parameter: `items:list:all`"},
    {"tags", text_list{}, {"this or `keys`"}, "the same with tags of resources"},
    {"through",
     table_list{"through"},
     {},
     "queries that find keys which the row does not hold: joins, aggregates"},
    at<&change::bulk_rows>("bulk_rows", integer_bounds{1, 100'000}, {},
                           "a statement that changes more rows of the table is recorded as one: then every "
                           "entry of the resources "
                           "that the change reaches is forgotten, at the cost of one. `truncate` always is"),
});

// Of [[change.NAME.through]].
inline constexpr auto through_fields = std::to_array<field<through_query>>({
    {"sql",
     verbatim{},
     {needed},
     "one `select` over other tables, with the changed row's columns as `{name}`. Each table that it reads "
     "needs a "
     "change that reaches the same resources"},
    {"keys", text_list{}, {"this or `tags`"}, "keys of resources, with columns of the **result** in braces"},
    {"tags", text_list{}, {"this or `keys`"}, "the same with tags of resources"},
});

// In the order of route_method, without GET.
inline constexpr std::array<std::string_view, 4> write_methods{"POST", "PUT", "PATCH", "DELETE"};

inline constexpr auto write_fields = std::to_array<field<write>>({
    {"method", choice{write_methods}, {needed}, ""},
    {"path", verbatim{}, {needed}, "as for a resource"},
    {"parameter.NAME",
     rule_table{},
     {"needed for each name in the path"},
     "as for a resource. The name of a body field cannot be used again: `{current_slug}` in the path, `slug` "
     "in "
     "the body"},
    {"body.NAME",
     rule_table{},
     {},
     "a field of the JSON body. An absent one becomes its default, or SQL's null"},
    {"table", one_or_more{}, {needed}, "what the SQL changes; each has a declared change"},
    {"sql",
     one_or_more{},
     {needed},
     "`insert`, `update` or `delete` on such a table; an array of them is one transaction. With `returning` "
     "a "
     "statement must find a row, otherwise nothing is written and the answer is a 404. The last one with "
     "`returning` gives the row for the client. `{1.id}` is the column `id` that the first statement "
     "returned"},
    at<&write::success_status>("success", integer_bounds{200, 201}, {}, "the status of success"),
});

}  // namespace weir::config
