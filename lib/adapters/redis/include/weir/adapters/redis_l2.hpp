// L2 in Redis. Everything that must happen in one step is a Lua script. All keys that a script touches are
// passed as keys and share one slot (see lease_key). Tags are in slots of their own.
//
// A tag's version is a random string under the tag's own name. Invalidating removes it; the next load makes
// another one.
//
// One per worker and one for control, each on its executor; borrows the keyspace there. Errors are those of
// the keyspace, unchanged.
#pragma once

#include "weir/cache/ports.hpp"
#include "weir/redis/keyspace.hpp"

namespace weir {

class redis_l2 final : public l2_store {
 public:
    explicit redis_l2(redis::keyspace& redis) : redis_(redis) {}

    bool is_away() const override { return !redis_.is_connected(); }
    awaitable<result<l2_lookup>> get(const std::string& key, const std::vector<std::string>& tags,
                                     context within) override;
    awaitable<result<std::vector<std::string>>> ensure_versions(const std::vector<std::string>& tags,
                                                                context within) override;
    awaitable<result<lease_reply>> take_lease(const std::string& key, const std::string& seen,
                                              const std::string& token, milliseconds lease_ttl,
                                              context within) override;
    awaitable<result<bool>> fill(const std::string& key, const std::string& token, const std::string& value,
                                 milliseconds ttl, context within) override;
    awaitable<result<void>> release_lease(const std::string& key, const std::string& token,
                                          context within) override;
    awaitable<result<void>> discard(const std::string& key, const std::string& seen, context within) override;
    awaitable<result<void>> invalidate(const std::vector<std::string>& keys,
                                       const std::vector<std::string>& tags, context within) override;

 private:
    awaitable<result<std::vector<std::string>>> make_versions(const std::vector<std::string>& tags,
                                                              deadline until);
    awaitable<result<lease_reply>> take_first_lease(const std::string& key, const std::string& token,
                                                    milliseconds lease_ttl, deadline until);
    awaitable<result<lease_reply>> take_lease_to_replace(const std::string& key, const std::string& seen,
                                                         const std::string& token, milliseconds lease_ttl,
                                                         deadline until);

    redis::keyspace& redis_;
};

}  // namespace weir
