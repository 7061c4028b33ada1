#include "ghosts.hpp"

#include <algorithm>
#include <utility>

namespace weir {
namespace {

constexpr std::size_t slots_per_entry = 2;
constexpr double generation = 128;
constexpr std::uint64_t clock_mask = 0x3ff;  // eight generations: few ghosts last so long
constexpr unsigned frequency_max = 15;

// Returns middle bits of the hash: the highest choose the slot, the lowest chose the shard.
std::uint16_t fingerprint_of(std::uint64_t hash) {
    return static_cast<std::uint16_t>(hash >> 8U);
}

}  // namespace

// Copies each slot to where its key belongs in the larger table, or next to it. A few keys are lost.
void ghosts::make_room_for(std::size_t entries) {
    if (entries * slots_per_entry <= slots_.size()) return;
    const std::size_t more = std::max(slots_.size() + slots_.size() / 4, entries * slots_per_entry);
    const auto old = std::exchange(slots_, std::vector<slot>(more));
    for (std::size_t i = 0; i < more; ++i) slots_[i] = old[i * old.size() / more];
}

void ghosts::remember(std::uint64_t hash, gone_from from, unsigned frequency, std::size_t entries) {
    clock_ += generation / static_cast<double>(std::max<std::size_t>(entries, 1));
    slot& here = slot_of(hash);
    here.fingerprint = fingerprint_of(hash);
    here.left_at = now() & clock_mask;
    here.frequency = std::min(frequency, frequency_max) & 0xfU;
    here.from = static_cast<std::uint8_t>(from) & 3U;
}

std::optional<ghosts::memory> ghosts::recall(std::uint64_t hash) const {
    const slot& here = slots_[number_of(hash)];
    const auto from = static_cast<gone_from>(here.from);
    if (from == gone_from::nowhere || here.fingerprint != fingerprint_of(hash)) return std::nullopt;
    const std::uint64_t age = (now() - here.left_at) & clock_mask;
    return memory{
        .from = from, .frequency = here.frequency, .is_recent = static_cast<double>(age) <= generation};
}

}  // namespace weir
