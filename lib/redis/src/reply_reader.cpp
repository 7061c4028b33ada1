#include "weir/redis/reply_reader.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace weir::redis {
namespace {

// What Weir asks is answered in three levels at most; the bound is for the recursion.
constexpr int depth_max = 8;
// Kept for the next replies; what one large reply needed more is given back.
constexpr std::size_t kept_bytes_max = 256 * 1024;

// The front of what has come, read as one reply.
class reading {
 public:
    enum class progress { complete, incomplete, wrong };

    explicit reading(std::string_view text) : text_(text) {}

    progress read(reply& to, int depth = 0);
    std::size_t bytes() const { return at_; }
    std::size_t wanted() const { return wanted_; }

 private:
    progress read_string(std::int64_t size, reply& to);
    progress read_array(std::int64_t size, reply& to, int depth);

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t wanted_ = 0;
};

std::optional<std::int64_t> number_in(std::string_view line) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
    if (error != std::errc{} || end != line.data() + line.size()) return std::nullopt;
    return number;
}

reading::progress reading::read(reply& to, int depth) {
    constexpr std::string_view kinds = "+-:$*";  // the others are of RESP3, which was never asked for
    if (at_ == text_.size()) return progress::incomplete;
    const char kind = text_[at_];
    if (depth > depth_max || kinds.find(kind) == std::string_view::npos) return progress::wrong;
    const std::size_t end = text_.find("\r\n", at_);
    if (end == std::string_view::npos) return progress::incomplete;
    const std::string_view line = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 2;
    if (kind == '+') {
        to.value = status{std::string(line)};
        return progress::complete;
    }
    if (kind == '-') {
        to.value = refusal{std::string(line)};
        return progress::complete;
    }
    const auto number = number_in(line);
    if (!number) return progress::wrong;
    if (kind == '$') return read_string(*number, to);
    if (kind == '*') return read_array(*number, to, depth);
    to.value = *number;
    return progress::complete;
}

reading::progress reading::read_string(std::int64_t size, reply& to) {
    to.value = nil{};
    if (size == -1) return progress::complete;
    if (size < 0) return progress::wrong;
    const auto end = at_ + static_cast<std::size_t>(size);
    if (text_.size() < end + 2) {
        wanted_ = end + 2;
        return progress::incomplete;
    }
    if (text_.substr(end, 2) != "\r\n") return progress::wrong;
    to.value.emplace<std::string>(text_.substr(at_, end - at_));
    at_ = end + 2;
    return progress::complete;
}

reading::progress reading::read_array(std::int64_t size, reply& to, int depth) {
    constexpr std::size_t item_bytes_min = 3;  // "+\r\n"
    to.value = nil{};
    if (size == -1) return progress::complete;
    if (size < 0) return progress::wrong;
    const auto count = static_cast<std::size_t>(size);
    auto& items = to.value.emplace<std::vector<reply>>();
    items.reserve(std::min(count, (text_.size() - at_) / item_bytes_min));  // a number alone claims no memory
    for (std::size_t i = 0; i < count; ++i) {
        const auto got = read(items.emplace_back(), depth + 1);
        if (got != progress::complete) return got;
    }
    return progress::complete;
}

// Before Redis 7 a script repeated a refusal behind words of its own: "ERR Error running script (call to …):
// @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica."
std::string_view word_of(const refusal& r) {
    const std::string_view text = r.text;
    const auto at = text.starts_with("ERR Error running script") ? text.rfind(": -") : std::string_view::npos;
    if (at == std::string_view::npos) return r.kind();
    const auto repeated = text.substr(at + 3);
    return repeated.substr(0, repeated.find(' '));
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

void reply_reader::feed(std::string_view bytes) {
    unread_.erase(0, std::exchange(at_, 0));
    if (unread_.empty() && unread_.capacity() > kept_bytes_max) unread_.shrink_to_fit();
    unread_ += bytes;
}

result<std::optional<reply>> reply_reader::next() {
    const std::string_view text = std::string_view(unread_).substr(at_);
    if (text.size() >= wanted_) {
        reading one(text);
        std::optional<reply> got(std::in_place);
        const auto how = one.read(*got);
        if (how == reading::progress::wrong) return errc::protocol;
        wanted_ = one.wanted();
        if (how == reading::progress::complete) {
            at_ += one.bytes();
            return got;
        }
    }
    if (text.size() > reply_bytes_max_) return errc::protocol;
    return std::optional<reply>{};
}

errc judge(const refusal& r) {
    if (refuses_writes(r)) return errc::unavailable;
    return is_one_of(word_of(r), {"LOADING", "CLUSTERDOWN", "TRYAGAIN"}) ? errc::unavailable : errc::rejected;
}

bool refuses_writes(const refusal& r) {
    return is_one_of(word_of(r), {"READONLY", "MASTERDOWN", "NOREPLICAS", "MISCONF"});
}

}  // namespace weir::redis
