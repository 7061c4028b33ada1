#include "l1_node.hpp"

#include "l1_index.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t allocation_overhead = 16;  // glibc: 8 bytes of header, rounded up to 16
constexpr std::size_t shared_count_bytes = 16;   // of make_shared

std::size_t heap_bytes(const std::string& text) {
    const bool is_inside = text.capacity() <= std::string{}.capacity();
    return is_inside ? 0 : text.capacity() + 1 + allocation_overhead;
}

std::size_t entry_bytes(const entry& e) {
    std::size_t total = sizeof(entry) + shared_count_bytes + allocation_overhead;
    total += heap_bytes(e.body) + heap_bytes(e.head) + heap_bytes(e.etag);
    if (!e.tag_versions.empty()) {
        total += e.tag_versions.capacity() * sizeof(std::string) + allocation_overhead;
    }
    for (const std::string& version : e.tag_versions) total += heap_bytes(version);
    return total;
}

std::size_t node_bytes(std::string_view key, std::size_t tags) {
    return sizeof(l1_node) + tags * sizeof(coherence::stamp) + key.size();
}

}  // namespace

l1_node::l1_node(std::uint64_t hash, entry_ptr content, unix_ms expiry, std::uint32_t generation)
    : is_absence_(shows_nothing(*content)),
      generation_(generation),
      hash_(hash),
      expiry_(expiry),
      content_(std::move(content)) {}

std::size_t l1_node::bytes_of(std::string_view key, const entry& content, std::size_t tags) {
    return l1_index::bytes_per_node + node_bytes(key, tags) + allocation_overhead + entry_bytes(content);
}

l1_node::pointer l1_node::make(std::uint64_t hash, std::string_view key, entry_ptr content,
                               const coherence::note& noted, unix_ms expiry) {
    const auto tags = noted.tags();
    assert(tags.size() <= UINT8_MAX && "an entry names at most 16 tags");
    void* const place = ::operator new(node_bytes(key, tags.size()));
    const std::size_t bytes = bytes_of(key, *content, tags.size());
    pointer made{new (place) l1_node(hash, std::move(content), expiry, noted.generation())};
    made->bytes_ = static_cast<std::uint32_t>(bytes);
    made->tags_ = static_cast<std::uint8_t>(tags.size());
    made->key_bytes_ = static_cast<std::uint32_t>(key.size());
    auto* const stamps = reinterpret_cast<coherence::stamp*>(made.get() + 1);
    std::copy(tags.begin(), tags.end(), stamps);
    std::memcpy(stamps + tags.size(), key.data(), key.size());
    return made;
}

void l1_node::deleter::operator()(l1_node* node) const {
    node->~l1_node();
    ::operator delete(static_cast<void*>(node));
}

std::string_view l1_node::key() const {
    return {reinterpret_cast<const char*>(stamps() + tags_), key_bytes_};
}

}  // namespace weir
