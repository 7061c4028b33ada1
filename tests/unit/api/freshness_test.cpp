#include "../../../lib/api/src/cache_status.hpp"
#include "../../../lib/api/src/read_endpoint.hpp"
#include "../../../lib/http/src/http_date.hpp"
#include "support/catch.hpp"

namespace weir::api_freshness_test {
namespace {

const unix_ms start{milliseconds{1'700'000'000'000}};

answer made(provenance how, entry_kind kind = entry_kind::value) {
    entry_parts e;
    e.kind = kind;
    e.load_start = start;
    e.soft_expiry = start + seconds{300};
    e.hard_expiry = e.soft_expiry;
    e.etag = kind == entry_kind::value ? "abc" : "";
    e.text = kind == entry_kind::value ? "{}" : "";
    return {.content = entry::make(e), .how = how};
}

using source = provenance::source;
using tier = provenance::tier;

}  // namespace

TEST_CASE("Cache-Status says how the answer came about") {
    const auto now = start + milliseconds{2'500};
    CHECK(api::cache_status(made({.from = source::hit, .where = tier::l2}), now) ==
          "weir; hit; ttl=297; detail=l2");
    CHECK(api::cache_status(made({.from = source::hit, .where = tier::l1}), now) ==
          "weir; hit; ttl=297; detail=l1");
    CHECK(api::cache_status(made({.from = source::miss, .where = tier::l2, .is_stored = true}), now) ==
          "weir; fwd=miss; stored");
    CHECK(api::cache_status(made({.from = source::miss}), now) == "weir; fwd=miss");
    CHECK(api::cache_status(made({.from = source::miss, .is_stored = true, .is_collapsed = true}), now) ==
          "weir; fwd=miss; collapsed");
    CHECK(api::cache_status(made({.from = source::miss, .is_l2_down = true}), now) ==
          "weir; fwd=miss; detail=l2-down");
    CHECK(api::cache_status(made({.from = source::bypass}), now) == "weir; fwd=bypass");
}

TEST_CASE("a stale answer says so and why and how long it has been stale") {
    const auto now = start + milliseconds{312'500};
    const auto refreshing = made({.from = source::stale, .where = tier::l1});
    CHECK(api::cache_status(refreshing, now) == "weir; fwd=stale; ttl=-13; detail=refreshing");
    CHECK(api::name(api::outcome_of(refreshing)) == "stale");
    const auto on_error = made({.from = source::stale, .where = tier::l2, .is_load_failed = true});
    CHECK(api::cache_status(on_error, now) == "weir; fwd=stale; ttl=-13; detail=load-failed");
    CHECK(api::name(api::outcome_of(on_error)) == "stale_if_error");
    CHECK(api::age_of(*refreshing.content, now) == seconds{312});
    cacheable r;
    CHECK(api::cache_control(r, *refreshing.content, now) == "public, no-cache");
    // A copy of what is stale here is stale from the start.
    r.max_age = seconds{60};
    CHECK(api::cache_control(r, *refreshing.content, now) == "public, max-age=312");
}

TEST_CASE("an outcome tells values from absences") {
    CHECK(api::name(api::outcome_of(made({.from = source::hit}))) == "hit");
    CHECK(api::name(api::outcome_of(made({.from = source::miss}))) == "miss");
    CHECK(api::name(api::outcome_of(made({.from = source::miss, .is_collapsed = true}))) == "collapsed");
    CHECK(api::name(api::outcome_of(made({.from = source::hit}, entry_kind::absence))) == "absent_hit");
    CHECK(api::name(api::outcome_of(made({.from = source::miss}, entry_kind::absence))) == "absent_miss");
    CHECK(api::name(api::outcome_of(made({.from = source::bypass}))) == "bypass");
}

TEST_CASE("Age counts whole seconds from the load and is never negative") {
    const answer a = made({});
    CHECK(api::age_of(*a.content, start + milliseconds{999}) == seconds{0});
    CHECK(api::age_of(*a.content, start + milliseconds{1000}) == seconds{1});
    CHECK(api::age_of(*a.content, start - seconds{5}) == seconds{0});
}

TEST_CASE("Cache-Control hands out copies only where that was asked for and never beyond the entry") {
    cacheable r;
    const answer a = made({});
    CHECK(api::cache_control(r, *a.content, start) == "public, no-cache");
    r.max_age = seconds{60};
    CHECK(api::cache_control(r, *a.content, start) == "public, max-age=60");
    CHECK(api::cache_control(r, *a.content, start + seconds{200}) == "public, max-age=260");  // less Age: 60
    CHECK(api::cache_control(r, *a.content, start + seconds{280}) ==
          "public, max-age=300");  // less Age: 20 left
    CHECK(api::cache_control(r, *a.content, start + seconds{301}) ==
          "public, max-age=301");  // less Age: none
    r.s_maxage = seconds{100};
    CHECK(api::cache_control(r, *a.content, start) == "public, max-age=60, s-maxage=100");
    r.max_age.reset();
    CHECK(api::cache_control(r, *a.content, start) == "public, max-age=0, s-maxage=100");
    CHECK(api::cache_control(r, *made({}, entry_kind::absence).content, start) == "public, no-cache");
}

TEST_CASE("a matching If-None-Match leaves the validators and takes the body") {
    resource r;
    r.cached.emplace();
    http::response out;
    api::describe(r, made({.from = source::hit, .where = tier::l2}), {.is_held = true}, start, out);
    CHECK(out.status == 304);
    CHECK(out.payload().empty());
    CHECK(out.fields ==
          "Cache-Status: weir; hit; ttl=300; detail=l2\r\nCache-Control: public, no-cache\r\nETag: "
          "\"abc\"\r\nAge: 0\r\n");
}

TEST_CASE("an answer that is not JSON says what it is") {
    entry_parts e;
    e.load_start = start;
    e.soft_expiry = e.hard_expiry = start + seconds{300};
    e.text = "data: 1\n\n";
    e.content_type = "text/event-stream";
    resource r;
    http::response out;
    api::describe(r, {.content = entry::make(e), .how = {.from = source::bypass}}, {}, start, out);
    CHECK(out.fields.find("Content-Type: text/event-stream\r\n") != std::string::npos);
    CHECK(out.fields.find("application/json") == std::string::npos);
    CHECK(out.payload() == "data: 1\n\n");
}

TEST_CASE("a private answer has neither validator nor age and is never 304") {
    resource r;
    http::response out;
    api::describe(r, made({.from = source::bypass}), {.is_held = true}, start, out);
    CHECK(out.status == 200);
    CHECK(out.payload() == "{}");
    CHECK(out.fields ==
          "Cache-Status: weir; fwd=bypass\r\nCache-Control: private, no-store\r\nContent-Type: "
          "application/json\r\n");
}

TEST_CASE("a date is that of RFC 9110") {
    http::http_date date;
    CHECK(date.at(unix_ms{milliseconds{784'111'777'999}}) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(date.at(unix_ms{milliseconds{784'111'778'000}}) == "Sun, 06 Nov 1994 08:49:38 GMT");
}

}  // namespace weir::api_freshness_test
