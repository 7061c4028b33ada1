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

// Of those who race for the head of the list one wins, and the others look again: it may be what they wanted.
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

// Looks before it writes: of an entry that is asked for often this is asked as often.
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
