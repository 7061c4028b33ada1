// One small shop behind the ports, once as the fake and once as real Postgres, so that the same story can be
// told of both.
//
// items(id, locale, price): resources item (by id) and items (by locale); writes create (id, locale, price)
// and update (id, locale, price; null keeps). The change of items names id and locale, and takes more than
// bulk_rows of them for a bulk change.
#pragma once

#include "weir/cache/ports.hpp"

#include "support/run.hpp"
#include "support/soon.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weir::test {

class shop_database {
 public:
    static constexpr std::size_t bulk_rows = 5;

    virtual ~shop_database() = default;

    virtual loader& reads() = 0;
    virtual write_store& writes() = 0;
    virtual outbox& pending() = 0;

    // The same for another consumer of the outbox. Only the first one has entered.
    virtual outbox& other_pending() = 0;
    virtual write_store& other_writes() = 0;

    // A write that does not pass through Weir: as many rows as there are ids, by one statement.
    virtual void insert_behind(const std::vector<std::string>& ids) = 0;
    virtual std::size_t pending_count() = 0;   // outbox rows not settled
    virtual std::size_t retained_count() = 0;  // settled and not forgotten

    const resource& item() const { return policy_.resources[0]; }
    const resource& items() const { return policy_.resources[1]; }
    const write& create() const { return policy_.writes[0]; }
    consumer_facts facts_of(const std::string& name, milliseconds lifetime = seconds{60}) const;
    const write& update() const { return policy_.writes[1]; }

 protected:
    shop_database();
    policy policy_;
};

using shop_story = awaitable<void> (*)(shop_database&);

// `kind`: "fake" or "postgres".
void tell(const std::string& kind, shop_story story);

// "items id=a locale=en" for each row, in order; "items as a whole" for a bulk row.
std::vector<std::string> in_words(const std::vector<outbox_row>& rows);
std::vector<std::int64_t> ids_of(const std::vector<outbox_row>& rows);

}  // namespace weir::test
