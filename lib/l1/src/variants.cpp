#include "weir/l1/variants.hpp"

#include <memory>
#include <utility>

namespace weir {

variants::~variants() {
    element* next = first_.load(std::memory_order_acquire);
    while (next != nullptr) {
        const std::unique_ptr<element> gone{next};
        next = gone->next;
    }
}

variants::element* variants::element_of(coding how) const {
    element* e = first_.load(std::memory_order_acquire);
    while (e != nullptr && e->how != how) e = e->next;
    return e;
}

// Adds an element, or returns the one that is there. Threads race for the head of the list. A thread that
// loses looks again, since the winner may have added the same coding.
variants::element& variants::insert(coding how) const {
    auto fresh = std::make_unique<element>(how);
    while (true) {
        fresh->next = first_.load(std::memory_order_acquire);
        if (element* const other = element_of(how)) return *other;
        element* expected = fresh->next;
        if (first_.compare_exchange_strong(expected, fresh.get(), std::memory_order_acq_rel)) {
            return *fresh.release();
        }
    }
}

const variant* variants::find(coding how) const {
    const element* const e = element_of(how);
    return e != nullptr && e->is.load(std::memory_order_acquire) == state::ready ? &e->made : nullptr;
}

bool variants::is_unclaimed(coding how) const {
    const element* const e = element_of(how);
    return e == nullptr || e->is.load(std::memory_order_relaxed) == state::wanted;
}

// Reads before it writes: this runs as often as the entry is requested.
bool variants::claim(coding how) const {
    if (!is_unclaimed(how)) return false;
    state expected = state::wanted;
    return insert(how).is.compare_exchange_strong(expected, state::claimed);
}

void variants::fill(coding how, variant made) const {
    element& e = *element_of(how);
    e.made = std::move(made);
    e.is.store(state::ready, std::memory_order_release);
}

void variants::give_up(coding how) const {
    element_of(how)->is.store(state::in_vain, std::memory_order_relaxed);
}

std::size_t variants::element_bytes() {
    return sizeof(element);
}

}  // namespace weir
