// Fuzzes the receiving half of a connection: no input may crash it, leave a view outside of what was sent, or
// be understood differently for being cut differently. The last would smuggle a request through a proxy that
// cuts it in another place.
#include "weir/http/target.hpp"

#include "../../lib/api/src/conditional.hpp"
#include "../../lib/api/src/negotiation.hpp"
#include "../../lib/http/src/message.hpp"
#include "../../lib/http/src/tracing.hpp"
#include "require.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace weir::api;
using namespace weir::http;

const listener_limits allowed{.header_bytes_max = 2048, .target_bytes_max = 512, .body_bytes_max = 256};

struct outcome {
    std::vector<std::string> requests;
    unsigned refused = 0;
    bool is_in_chunks =
        false;  // the one refusal that may come earlier or later: a size line that does not fit the window

    bool operator==(const outcome&) const = default;
};

// Each coding at most once, in an order that does not depend on which others are offered.
void use_codings(std::string_view field) {
    const auto all = codings_of(field, {});
    const auto gzip = codings_of(field, {.levels = {0, 0, 6}});
    std::vector<weir::coding> left;
    for (const weir::coding c : all.ranked()) {
        FUZZ_REQUIRE(std::count(all.ranked().begin(), all.ranked().end(), c) == 1);
        if (c == weir::coding::gzip || c == weir::coding::identity) left.push_back(c);
    }
    FUZZ_REQUIRE(std::equal(left.begin(), left.end(), gzip.ranked().begin(), gzip.ranked().end()));
}

void use(const request& r) {
    names_etag(r.if_none_match, "abc", "-gz");
    names_everything(r.if_none_match);
    accepts_json(r.accept);
    use_codings(r.accept_encoding);
    if (is_traceparent(r.traceparent)) FUZZ_REQUIRE(trace_id_of(r.traceparent).size() == 32);
    FUZZ_REQUIRE(!r.path.empty() && r.path.front() == '/');
    percent_decode(r.path, decoding::path);
    std::string_view rest = r.query;
    while (const auto next = next_argument(rest)) percent_decode(next->value, decoding::query);
}

std::string describe(const request& r) {
    std::string out{r.method_text};
    for (const std::string_view part :
         {r.target, r.path, r.query, r.accept, r.accept_encoding, r.if_none_match, r.authorization,
          r.content_type, r.request_id, r.traceparent, r.body})
        out.append("|").append(part);
    return out + (r.keep_alive ? "|kept" : "|closed");
}

progress advance(message& m, progress (message::*part)(), std::string_view& rest, std::size_t step) {
    progress p = (m.*part)();
    while (p == progress::needs_more && !rest.empty()) {
        const auto space = m.space();
        FUZZ_REQUIRE(!space.empty());
        const std::size_t n = std::min({step, rest.size(), space.size()});
        std::copy_n(rest.begin(), n, space.begin());
        m.received(n);
        rest.remove_prefix(n);
        p = (m.*part)();
    }
    return p;
}

outcome feed(std::string_view rest, std::size_t step) {
    outcome out;
    message m(allowed);
    while (true) {
        progress p = advance(m, &message::head, rest, step);
        const bool has_head = p == progress::ready;
        if (has_head) p = advance(m, &message::body, rest, step);
        if (p == progress::refused) {
            out.refused = m.refused().status;
            out.is_in_chunks = has_head && out.refused == 400;
        }
        if (p != progress::ready) return out;
        use(m.request());
        out.requests.push_back(describe(m.request()));
        m.next();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const outcome whole = feed(bytes, size + 1);
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{61}}) {
        const outcome cut = feed(bytes, step);
        FUZZ_REQUIRE(cut == whole || cut.is_in_chunks || whole.is_in_chunks);
    }
    return 0;
}
