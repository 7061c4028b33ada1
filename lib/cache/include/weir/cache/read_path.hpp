// The read path: how a GET is answered, top to bottom.
//
//     find()                                   a hit in L1, at once
//     fetch() → fly() → ask_tiers()            a flight: one load of a key, however many requests wait
//               → load_path                    L2, lease, loader, fills
//     refresh_behind() → refresh()             what is due or stale is renewed behind its answer
//
// One per worker, used on its executor only; the flights are shared by all workers of the process. See
// docs/architecture/read.md.
#pragma once

#include "weir/cache/load_path.hpp"
#include "weir/cache/reader.hpp"

#include <memory>

namespace weir {

class read_path final : public reader {
 public:
    // Makes a read path. `l2` may be null: a single node without Redis. `key_head` is policy::key_head(). All
    // references outlive the object and every flight.
    read_path(boost::asio::any_io_executor executor, std::string key_head, read_options options,
              read_tiers& shared, l2_store* l2, loader& from);

    std::optional<answer> find(const resource_ptr& what, const std::vector<std::string>& values,
                               const moment& now) override;
    awaitable<result<answer>> fetch(resource_ptr what, std::vector<std::string> values,
                                    deadline until) override;
    void want(const resource_ptr& what, const std::vector<std::string>& values, const entry_ptr& of,
              coding how) override;

 private:
    using tier = provenance::tier;

    awaitable<result<answer>> bypass(const resource& what, const std::vector<std::string>& values,
                                     deadline until);
    awaitable<void> fly(std::shared_ptr<flight> f, std::shared_ptr<flight> predecessor, flight_plan about);
    awaitable<result<answer>> ask_tiers(const flight_plan& about);
    std::optional<answer> hit_in(tier where, const resource_ptr& what, const std::vector<std::string>& values,
                                 const std::string& key, entry_ptr content, unix_ms now);
    void refresh_behind(const resource_ptr& what, const std::vector<std::string>& values,
                        const std::string& key, unix_ms replaced);
    awaitable<void> refresh(std::shared_ptr<flight> f, flight_plan about, unix_ms replaced);

    boost::asio::any_io_executor executor_;
    const std::string key_head_;
    read_tiers& tiers_;
    loader& loader_;
    load_path loads_;
    std::string key_;  // find()'s, which keeps its memory
};

}  // namespace weir
