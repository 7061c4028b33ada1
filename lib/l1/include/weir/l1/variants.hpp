// The coded representations of one entry's body. They belong to the entry, so that whatever makes an entry
// unservable makes its variants unservable too.
//
// Any thread. The list only grows, by one element for each coding that a client asked for, and is freed with
// the entry. So readers need no lock. A thread claims an element before it makes the variant, so that a
// variant is made once. An element is filled once: its text is written before its state says so, and is
// constant from then on. A reader that has found a variant may therefore treat it as immutable.
#pragma once

#include "weir/policy/coding.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace weir {

struct variant {
    std::string body;
    std::string head;  // as entry::head(), with this variant's ETag
};

class variants {
 public:
    variants() = default;
    ~variants();
    variants(const variants&) = delete;
    variants& operator=(const variants&) = delete;

    // Returns the variant, or null if it has not been made. It lives as long as the entry.
    const variant* find(coding how) const;

    // Returns whether a claim might succeed.
    bool is_unclaimed(coding how) const;

    // Claims the variant. Returns true if the caller has to make it; it then ends the claim with fill() or
    // give_up(). Returns false if the variant exists, is being made, or was given up.
    bool claim(coding how) const;

    // Stores the claimed variant.
    void fill(coding how, variant made) const;

    // Ends the claim without a variant. This body will not be tried again.
    void give_up(coding how) const;

    // Returns the bytes of an element without its texts.
    static std::size_t element_bytes();

 private:
    enum class state : std::uint8_t { wanted, claimed, ready, in_vain };
    struct element {
        explicit element(coding c) : how(c) {}

        const coding how;
        std::atomic<state> is{state::wanted};
        variant made;
        element* next = nullptr;  // constant once the element is in the list
    };

    element* element_of(coding how) const;
    element& insert(coding how) const;

    // Mutable: adding a variant does not change the entry's body.
    mutable std::atomic<element*> first_{nullptr};
};

}  // namespace weir
