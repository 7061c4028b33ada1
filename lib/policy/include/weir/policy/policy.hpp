// The cache policy: everything that Weir serves, as the configuration declares it. No C++ knows a product.
//
// Built once by config, then immutable and shared. Pure data; every invariant named here was checked by
// config.
#pragma once

#include "weir/base/path_pattern.hpp"
#include "weir/base/time.hpp"
#include "weir/policy/coding.hpp"
#include "weir/policy/key.hpp"
#include "weir/policy/ttl.hpp"
#include "weir/policy/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// SQL with positional parameters ($1…) made from named ones ({locale}).
struct statement {
    std::string name;                 // unique; names the prepared statement
    std::string sql;                  // as Postgres gets it
    std::vector<std::size_t> values;  // $n takes the owner's value at values[n-1]
};

enum class parameter_source { path, query, body };

struct parameter {
    std::string name;
    parameter_source source = parameter_source::path;
    value_rule rule;
    bool required = true;
    std::optional<std::string> default_value;  // normalised; for an absent query parameter or body field
    bool is_cursor = false;  // sent as the base64url of its value (cursor.hpp), which is what the rule is
                             // for; its default may be empty: the beginning
};

enum class loader_shape { one, many };  // one row: an object or 404; many: an array

struct resource {
    std::string name;  // [a-z0-9_]; the label in metrics and logs
    path_pattern path;
    std::vector<parameter> parameters;  // values are always kept in this order
    std::optional<key_template> key;    // places index `parameters`; absent only when is_private
    std::vector<key_template> tags;     // groups of keys that cannot be enumerated; places index `parameters`
    std::vector<std::string>
        when;  // names of query parameters: this resource answers its path when one is given
    ttl_policy ttl;
    std::optional<milliseconds> l1_ttl;  // at most so long in L1; nothing: the default of [l1]; zero: never
    // While L2 is away: how old an answer may be that this process loaded, though nobody tells it of writes
    // then. Opt-in: inside it the guarantee is suspended. Zero: each answer is loaded after its request came.
    milliseconds degraded_ttl{};
    bool is_private = false;  // never cached: bypass, Cache-Control: private, no-store
    std::string private_reason;
    bool is_compressed = false;      // sent in the codings that clients ask for, once L1 has it in them
    std::optional<seconds> max_age;  // opt-in copies that nobody can invalidate
    std::optional<seconds> s_maxage;
    loader_shape shape = loader_shape::one;
    statement load;
    std::string note;  // shown by `weir check`
};

// A table's invalidation map: the keys that a changed row touches, evaluated on the row before and after.
struct change {
    struct column {
        std::string name;
        value_rule rule;  // inherited from the resource's parameter, so that both sides build the same key
    };
    std::string table;               // as written: "products" or "shop.products"
    std::vector<column> columns;     // all columns that the templates need
    std::vector<key_template> keys;  // places index `columns`
    std::vector<key_template> tags;  // the same
    std::size_t bulk_rows = 1000;    // a statement that touches more is recorded as one row: all of the table
};

enum class write_method { post, del };

struct write {
    std::string name;
    write_method method = write_method::post;
    path_pattern path;
    std::vector<parameter> parameters;  // path parameters, then body fields
    std::string table;                  // the one it changes; has a declared change
    statement apply;                    // a data-modifying statement with RETURNING
    unsigned success_status = 200;      // 201 for a create
};

struct policy {
    std::string key_prefix = "weir";
    std::string key_version = "v1";
    std::vector<resource> resources;
    std::vector<change> changes;
    std::vector<write> writes;
    compression compress;  // of the resources that are

    std::string key_head() const { return key_prefix + ":" + key_version; }
};

}  // namespace weir
