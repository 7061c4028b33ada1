// An entry as it is served: one immutable block of memory that L1 and every connection that sends it share.
#pragma once

#include "weir/l1/variants.hpp"
#include "weir/policy/entry_codec.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

class entry;

// An entry is immutable once made. L1 and the answers that are being sent from it share it.
using entry_ptr = boost::intrusive_ptr<const entry>;

// One block of memory with its own reference count: this object, followed by its texts (head, ETag, body).
// L1 holds a million of these, so it is packed. l1_node derives from it, and adds L1's own fields between the
// object and the texts.
class entry {
 public:
    // Makes an entry. `head` is the part of an answer's head that never changes, ready to be sent. It is
    // empty for an entry that no tier keeps.
    static entry_ptr make(const entry_parts& from, std::string_view head = {});

    entry(const entry&) = delete;
    entry& operator=(const entry&) = delete;

    // Converts implicitly, so that the rules of policy (ttl.hpp) take an entry as they take its facts.
    operator entry_facts() const { return {kind(), load_start(), soft_expiry(), hard_expiry(), load_cost()}; }
    entry_kind kind() const { return is_absence_ ? entry_kind::absence : entry_kind::value; }
    unix_ms load_start() const { return time(load_start_); }
    unix_ms soft_expiry() const { return time(soft_expiry_); }
    unix_ms hard_expiry() const { return time(hard_expiry_); }
    microseconds load_cost() const { return microseconds{load_cost_us_}; }  // at most 71 minutes

    std::string_view head() const { return {texts(), head_bytes_}; }
    std::string_view etag() const {
        return {texts() + (is_etag_in_head() ? etag_at_ : head_bytes_), etag_bytes_};
    }
    std::string_view body() const { return {texts_behind_etag() + content_type_room(), body_bytes_}; }

    // Returns the media type. Empty: application/json.
    std::string_view content_type() const {
        if (!has_content_type_) return {};
        return {texts_behind_etag() + 1, static_cast<unsigned char>(*texts_behind_etag())};
    }

    // Returns the body in the codings that clients have asked for. L2 does not store them.
    const weir::variants& variants() const { return variants_; }

    // Returns the reference count. For tests.
    std::uint32_t holders() const { return holders_.load(std::memory_order_relaxed); }

 protected:
    // The texts in the order in which they are stored. Mostly the head contains the ETag, which is then not
    // stored again.
    struct texts_of {
        texts_of(const entry_parts& parts, std::string_view ready_head);

        std::size_t bytes() const {
            return head.size() + own_etag().size() + content_type_bytes() + body.size();
        }
        std::string_view own_etag() const { return etag_at == nowhere ? etag : std::string_view{}; }
        std::size_t content_type_bytes() const { return content_type.empty() ? 0 : 1 + content_type.size(); }
        void write(char* to) const;

        std::string_view head;
        std::string_view etag;
        std::string_view content_type;  // kept only when it is not JSON, behind its length in a byte
        std::string_view body;
        std::uint8_t etag_at;  // in the head
    };

    // Leaves the texts to be written by the caller, `texts_at` bytes behind the object's beginning.
    entry(const entry_facts& facts, const texts_of& texts, std::size_t texts_at);
    ~entry() = default;

    static constexpr std::size_t texts_at_max = UINT16_MAX;
    std::size_t texts_at() const { return texts_at_; }

 private:
    static constexpr std::uint8_t nowhere = UINT8_MAX;

    static unix_ms time(std::uint64_t ms) {
        return unix_ms{milliseconds{static_cast<milliseconds::rep>(ms)}};
    }
    bool is_etag_in_head() const { return etag_at_ != nowhere; }
    const char* texts_behind_etag() const {
        return texts() + head_bytes_ + (is_etag_in_head() ? 0 : etag_bytes_);
    }
    std::size_t content_type_room() const {
        return has_content_type_ ? 1U + static_cast<unsigned char>(*texts_behind_etag()) : 0U;
    }
    const char* texts() const { return reinterpret_cast<const char*>(this) + texts_at_; }
    void free() const;

    friend void intrusive_ptr_add_ref(const entry* e) noexcept {
        e->holders_.fetch_add(1, std::memory_order_relaxed);
    }
    friend void intrusive_ptr_release(const entry* e) noexcept {
        if (e->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) e->free();
    }

    // Unix ms fit into 48 bits until the year 10889, which leaves room for the lengths. The fields that a
    // look-up reads come last, next to l1_node's.
    weir::variants variants_;
    std::uint64_t load_start_ : 48;
    std::uint64_t head_bytes_ : 15;
    std::uint64_t has_content_type_ : 1;
    std::uint64_t soft_expiry_ : 48;
    std::uint64_t etag_at_ : 8;
    std::uint64_t etag_bytes_ : 7;
    std::uint64_t is_absence_ : 1;
    std::uint64_t hard_expiry_ : 48;
    std::uint64_t texts_at_ : 16;
    std::uint32_t load_cost_us_;
    std::uint32_t body_bytes_;
    mutable std::atomic<std::uint32_t> holders_{1};
};

}  // namespace weir
