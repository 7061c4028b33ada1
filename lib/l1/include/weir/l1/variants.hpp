// The coded forms of one entry's body, which belong to the entry: they are found with it, and are gone with
// it, so whatever makes an entry unservable makes them so.
//
// Any thread. The list only grows, by one element for each coding that somebody wanted, and is freed with the
// entry; so readers need no lock. An element is claimed by whoever makes the variant, so that it is made
// once, and filled once: its text is written before its state says so, and is constant from then on. That is
// why an entry is still immutable to those who serve it: what they were told once stays true.
#pragma once

#include "weir/policy/coding.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace weir {

struct variant {
    std::string body;
    std::string head;  // as entry::head(), with this variant's ETag and Content-Encoding
};

class variants {
 public:
    variants() = default;
    ~variants();
    variants(const variants&) = delete;
    variants& operator=(const variants&) = delete;

    // The variant if it is there, else null. Lives as long as the entry.
    const variant* find(coding how) const;

    // Whether a claim might succeed.
    bool is_unclaimed(coding how) const;

    // Whether the caller is to make it: nobody has, nobody is at it, and it was not tried in vain.
    bool claim(coding how) const;

    // How the claim ended: with a variant, or in vain for this body, so that nobody tries again.
    void fill(coding how, variant made) const;
    void give_up(coding how) const;

    // What an element takes beside its texts.
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

    // Mutable: adding a form of the body does not change the body.
    mutable std::atomic<element*> first_{nullptr};
};

}  // namespace weir
