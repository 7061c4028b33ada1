#include "weir/init/starter_file.hpp"

#include "table_plan.hpp"
#include "table_text.hpp"
#include "texts.hpp"

#include <fmt/format.h>

namespace weir::init {
namespace {

constexpr const char* head =
    R"(# Weir's configuration, written by `weir init` from the tables of the database {database}.
# It is a beginning: read it, and change what you like.
#
#     weir check   --config FILE     says what is wrong, or prints the policy as a table
#     weir migrate --config FILE     installs the triggers that report changed rows; again after each change of the file
#     weir serve   --config FILE
#
# Three kinds of declarations, tied together by the keys:
#   [resource.…]  a read:  path → key → SQL. The key has exactly the parameters that the SQL uses.
#   [change.…]    a table: which keys and tags a changed row touches, before and after the write. Once per table.
#   [write.…]     a write: path → SQL. What it deletes from the cache follows from its table's change.
#
# ${{NAME:-default}} reads the environment. Every field: docs/configuration.md.

[server]                                            # for clients
listen = "${{WEIR_LISTEN:-127.0.0.1:8080}}"
workers = "${{WEIR_WORKERS:-0}}"                      # threads; 0: one per processor it may use

[admin]                                             # writes, metrics: keep it where clients cannot reach it
listen = "${{WEIR_ADMIN_LISTEN:-127.0.0.1:8081}}"
token = "${{WEIR_ADMIN_TOKEN:-}}"                     # at least 16 characters: openssl rand -hex 16

[redis]                                             # shared by all nodes. Without this table: a single node
url = "${{WEIR_REDIS_URL:-redis://127.0.0.1:6379/0}}"

[postgres]                                          # the password belongs into WEIR_POSTGRES_URL, not in here
url = "${{WEIR_POSTGRES_URL:-{url}}}"
)";

std::string skipped_text(const std::vector<skipped>& others) {
    if (others.empty()) return {};
    std::string out = "\n# Not served:\n";
    for (const auto& each : others) {
        out += fmt::format("#   {}: {}\n", comment_text(each.name), comment_text(each.why));
    }
    return out;
}

}  // namespace

starter starter_file(const catalogue& from, const starter_options& options) {
    const file_plan plan = plan_of(from);
    starter made;
    made.tables = plan.tables.size();
    made.text = fmt::format(fmt::runtime(head), fmt::arg("database", comment_text(from.database)),
                            fmt::arg("url", options.postgres_url));
    made.text += skipped_text(plan.others);
    for (const auto& each : plan.tables) made.text += table_text(each, from);
    return made;
}

}  // namespace weir::init
