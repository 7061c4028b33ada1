#include "weir/l1/entry.hpp"

#include <algorithm>
#include <cassert>
#include <new>

namespace weir {
namespace {

constexpr std::uint64_t time_mask = (std::uint64_t{1} << 48) - 1;

std::uint64_t packed(unix_ms time) {
    const auto ms = static_cast<std::uint64_t>(time.time_since_epoch().count());
    assert(ms <= time_mask);
    return ms;
}

std::uint32_t packed(microseconds cost) {
    return static_cast<std::uint32_t>(std::clamp<microseconds::rep>(cost.count(), 0, UINT32_MAX));
}

}  // namespace

entry::texts_of::texts_of(const entry_parts& parts, std::string_view ready_head)
    : head(ready_head),
      etag(parts.etag),
      content_type(std::string_view{parts.content_type}.substr(0, content_type_bytes_max)),
      body(parts.body()),
      etag_at(static_cast<std::uint8_t>(std::min<std::size_t>(head.find(etag), nowhere))) {
    assert(head.size() <= INT16_MAX && etag.size() < 128 && body.size() <= UINT32_MAX);
}

void entry::texts_of::write(char* to) const {
    to = std::copy(head.begin(), head.end(), to);
    to = std::copy(own_etag().begin(), own_etag().end(), to);
    if (!content_type.empty()) {
        *to++ = static_cast<char>(content_type.size());
        to = std::copy(content_type.begin(), content_type.end(), to);
    }
    std::copy(body.begin(), body.end(), to);
}

entry::entry(const entry_facts& facts, const texts_of& texts, std::size_t texts_at)
    : load_start_(packed(facts.load_start) & time_mask),
      head_bytes_(texts.head.size() & 0x7fffU),
      has_content_type_(!texts.content_type.empty()),
      soft_expiry_(packed(facts.soft_expiry) & time_mask),
      etag_at_(texts.etag_at),
      etag_bytes_(texts.etag.size() & 0x7fU),
      is_absence_(facts.kind == entry_kind::absence),
      hard_expiry_(packed(facts.hard_expiry) & time_mask),
      texts_at_(static_cast<std::uint16_t>(texts_at)),
      load_cost_us_(packed(facts.load_cost)),
      body_bytes_(static_cast<std::uint32_t>(texts.body.size())) {
    assert(texts_at <= texts_at_max);
}

entry_ptr entry::make(const entry_parts& from, std::string_view head) {
    const texts_of texts(from, head);
    void* const block = ::operator new(sizeof(entry) + texts.bytes());
    texts.write(static_cast<char*>(block) + sizeof(entry));
    return {new (block) entry(from, texts, sizeof(entry)), false};
}

// Destroys an entry or an l1_node, which has no destructor of its own.
void entry::free() const {
    auto* const self = const_cast<entry*>(this);
    self->~entry();
    ::operator delete(static_cast<void*>(self));
}

}  // namespace weir
