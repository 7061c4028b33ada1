// The loader port on Postgres. The resource's SQL gives one row with one column: the JSON to serve, built by
// the server.
//
// One per worker, used on its executor. A cancelled load leaves its connection to the pool, which closes it.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/postgres/pool.hpp"

namespace weir {

class postgres_loader final : public loader {
 public:
    explicit postgres_loader(postgres::pool& pool) : pool_(pool) {}

    // errc::rejected when a resource of one row finds several: which one to serve is not for us to guess.
    awaitable<result<std::optional<std::string>>> load(const resource& what,
                                                       const std::vector<std::string>& values,
                                                       deadline until) override;

 private:
    postgres::pool& pool_;
};

}  // namespace weir
