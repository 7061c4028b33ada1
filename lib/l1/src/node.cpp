#include "node.hpp"

#include "weir/base/hash.hpp"

#include "ghosts.hpp"
#include "index.hpp"

#include <algorithm>
#include <cassert>
#include <new>

namespace weir {
namespace {

// Returns the bytes that an allocation takes in glibc: 8 bytes in front of it, rounded up to 16.
std::size_t chunk_bytes(std::size_t asked) {
    return (asked + 8 + 15) / 16 * 16;
}

}  // namespace

struct l1_node::layout {
    layout(std::string_view key, const entry_parts& content, std::string_view head,
           const coherence::note& noted)
        : texts(content, head),
          key_at(sizeof(l1_node) + noted.tags().size() * sizeof(coherence::stamp)),
          texts_at(key_at + key.size()) {}

    std::size_t bytes() const { return texts_at + texts.bytes(); }
    std::size_t charged() const {
        return l1_index::bytes_per_node + ghosts::bytes_per_entry + chunk_bytes(bytes());
    }

    texts_of texts;
    std::size_t key_at;
    std::size_t texts_at;
};

l1_node::l1_node(const layout& of, const entry_parts& content, const coherence::note& noted, unix_ms expiry)
    : entry(content, of.texts, of.texts_at),
      expiry_(static_cast<std::uint64_t>(expiry.time_since_epoch().count()) & expiry_mask),
      tags_(static_cast<std::uint8_t>(noted.tags().size())),
      is_absence_(shows_nothing(content)),
      generation_(noted.generation()),
      bytes_(static_cast<std::uint32_t>(of.charged())) {}

std::size_t l1_node::bytes_of(std::string_view key, const entry_parts& content, std::string_view head,
                              const coherence::note& noted) {
    const layout all(key, content, head, noted);
    return all.texts_at <= texts_at_max ? all.charged() : SIZE_MAX;
}

l1_node::pointer l1_node::make(std::string_view key, const entry_parts& content, std::string_view head,
                               const coherence::note& noted, unix_ms expiry) {
    const layout all(key, content, head, noted);
    const auto tags = noted.tags();
    assert(tags.size() <= UINT8_MAX && "an entry names at most 16 tags");
    auto* const block = static_cast<char*>(::operator new(all.bytes()));
    pointer made{new (block) l1_node(all, content, noted, expiry)};
    std::copy(tags.begin(), tags.end(), reinterpret_cast<coherence::stamp*>(block + sizeof(l1_node)));
    std::copy(key.begin(), key.end(), block + all.key_at);
    all.texts.write(block + all.texts_at);
    return made;
}

std::uint64_t l1_node::hash() const {
    return hash64(key());
}

}  // namespace weir
