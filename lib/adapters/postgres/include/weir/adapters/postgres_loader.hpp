// The loader port on Postgres. The resource's SQL gives one row with one column: the JSON to serve, built by
// the server. Loads that wait for a connection are sent in batches (postgres::shared_reads).
//
// One per worker, and one for control's audits, each used on its executor. A cancelled load ends at once; its
// statement runs on.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/postgres/shared_reads.hpp"

#include <cstddef>

namespace weir {

class postgres_loader final : public loader {
 public:
    explicit postgres_loader(postgres::pool& pool) : reads_(pool) {}

    // Returns nullopt if there is no row, and errc::rejected if a resource of one row finds several: which
    // one to serve is not for Weir to guess.
    awaitable<result<load_result>> load(const resource& what, const std::vector<std::string>& values,
                                        context within) override;

    // Returns how many loads wait for a connection. From any thread.
    std::size_t waiting() const { return reads_.waiting(); }

 private:
    postgres::shared_reads reads_;
};

}  // namespace weir
