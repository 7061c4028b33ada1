// Bytes in the memory of another owner, which stays alive for as long as this does. So a large body is sent
// without a copy.
//
// The owner counts its references itself (boost::intrusive_ptr). Move-only; empty when moved from.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <string_view>
#include <utility>

namespace weir::http {

class shared_bytes {
 public:
    shared_bytes() = default;

    // Takes a reference to `owner`, in whose memory `bytes` lie.
    template <class Owner>
    shared_bytes(boost::intrusive_ptr<Owner> owner, std::string_view bytes)
        : owner_(owner.detach()),
          release_([](const void* held) { intrusive_ptr_release(static_cast<const Owner*>(held)); }),
          bytes_(bytes) {}

    shared_bytes(shared_bytes&& other) noexcept { swap(other); }
    shared_bytes& operator=(shared_bytes&& other) noexcept {
        shared_bytes taken{std::move(other)};
        swap(taken);
        return *this;
    }
    ~shared_bytes() { reset(); }

    explicit operator bool() const { return owner_ != nullptr; }
    std::string_view bytes() const { return bytes_; }

    void reset() {
        if (owner_ != nullptr) release_(std::exchange(owner_, nullptr));
        bytes_ = {};
    }

 private:
    void swap(shared_bytes& other) noexcept {
        std::swap(owner_, other.owner_);
        std::swap(release_, other.release_);
        std::swap(bytes_, other.bytes_);
    }

    const void* owner_ = nullptr;
    void (*release_)(const void*) = nullptr;
    std::string_view bytes_;
};

}  // namespace weir::http
