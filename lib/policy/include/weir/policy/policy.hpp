// The cache policy: everything that Weir serves, as the configuration declares it. No C++ knows a product.
//
// Built once by config, then immutable and shared. Pure data; config has checked every invariant that is
// named here.
#pragma once

#include "weir/policy/cacheable.hpp"
#include "weir/policy/change.hpp"
#include "weir/policy/coding.hpp"
#include "weir/policy/load.hpp"
#include "weir/policy/route.hpp"
#include "weir/policy/write.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// A read: a GET's route, how its answers are cached, and where they come from.
struct resource : route {
    std::optional<cacheable>
        cached;                  // nullopt: private; each answer is loaded, Cache-Control: private, no-store
    std::string private_reason;  // with a private one: why, for `weir check`
    load from;
    std::string note;  // shown by `weir check`
};

// A resource and the snapshot of the policy that it is part of: what holds one may outlive a reload.
using resource_ptr = std::shared_ptr<const resource>;

struct policy {
    std::string key_prefix = "weir";
    std::string key_version = "v1";
    std::vector<resource> resources;
    std::vector<change> changes;
    std::vector<write> writes;
    compression compress;  // of the resources that are compressed

    std::string key_head() const { return key_prefix + ":" + key_version; }
};

// A policy as it was when it was asked for. Immutable; a reload makes another one.
using policy_ptr = std::shared_ptr<const policy>;

inline resource_ptr resource_of(const policy_ptr& p, const resource& one) {
    return {p, &one};
}

}  // namespace weir
