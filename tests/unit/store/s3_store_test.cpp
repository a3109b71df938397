#include "store/s3_store.hpp"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/store/s3_bucket.hpp"
#include "unit/store/store_losses.hpp"
#include "unit/store/store_suite.hpp"

namespace rollcall::store {
namespace {

using Catch::Contains;
using std::chrono::seconds;
using testing::locker;
using testing::no_answer;
using testing::S3Bucket;
using testing::S3Desk;
using S3Fault = testing::Answer;

TEST_CASE("a state in a bucket keeps what every store promises") {
  S3Desk desk;
  desk.bucket.opaque_etags = GENERATE(false, true);
  desk.bucket.missing_status = GENERATE(404, 412);
  testing::check_store({[&] { return desk.open(); }});
  CHECK(desk.bucket.objects.size() == 1);
}

TEST_CASE("a lock in a bucket keeps what every store with leases promises") {
  S3Desk desk;
  testing::check_leases({[&](const LeaseUse& run) {
                           return std::make_unique<S3Store>(
                               S3Desk::place(), S3Reach{[&](auto) { return desk.connect(); }, run});
                         },
                         [&] { desk.ahead += seconds{62}; }});
  CHECK(desk.bucket.objects.size() == 1);
}

TEST_CASE("one message to a bucket is lost, and nothing is sent again by itself") {
  S3Desk desk;
  const S3Fault lost = GENERATE(no_answer(http::Failure::kBroken, true), S3Bucket::refusal(503, "SlowDown"));
  testing::Loss loss;
  int sent = 0;
  testing::FakeServer losing([&](const http::Request& request) -> S3Fault {
    if (++sent != loss.nth) return desk.handle(request);
    if (loss.after_its_effect) static_cast<void>(desk.handle(request));
    return S3Fault(lost);
  });
  testing::check_losses({[&] { desk.bucket = {}; }, [&] { return desk.open(); },
                         [&](testing::Loss wanted) {
                           loss = wanted;
                           sent = 0;
                           return desk.open([&losing](auto) { return losing.connect(); });
                         },
                         [&] { return sent; }});
}

/// What a run does with its state: nothing of it may go wrong.
void check_run(S3Desk& desk, const std::string& first, const std::string& second) {
  const auto store = desk.open();
  const auto before = store->read();
  REQUIRE(before);
  const auto lock = store->lock(locker("apply"), {}, desk.clock);
  REQUIRE(lock);
  const auto version = store->write(first, *before ? std::optional((*before)->version) : std::nullopt);
  REQUIRE(version);
  const auto next = store->write(second, *version);
  REQUIRE(next);
  CHECK((*lock)->release());
  const auto written = store->read();
  REQUIRE(written);
  CHECK(**written == Stored{second, *next, parse_time("2026-10-21T07:28:00Z")});
}

TEST_CASE("a response that is lost at any step does no harm in a bucket") {
  const bool works_first = GENERATE(false, true);
  const bool is_opaque = GENERATE(false, true);
  const S3Fault lost =
      GENERATE(no_answer(http::Failure::kBroken, true), S3Bucket::refusal(503, "SlowDown"),
               S3Bucket::refusal(500, "InternalError"), S3Bucket::refusal(409, "ConditionalRequestConflict"));
  // It says that nothing was done.
  if (lost && lost->status == 409 && works_first) return;
  S3Desk desk;
  desk.bucket.opaque_etags = is_opaque;
  check_run(desk, "0", "1");
  const int steps = desk.requests;
  REQUIRE(steps == 11);
  for (int step = 1; step <= steps; ++step) {
    INFO("request " << step);
    const bool is_read = step == 1 || step == 2 || step == 6 || step == 8 || step == steps;
    // Reads are not in anybody's way.
    if (lost && lost->status == 409 && is_read) continue;
    desk.requests = 0;
    desk.fault = [&](int number, const auto& work) -> std::optional<S3Fault> {
      if (number != step) return std::nullopt;
      if (works_first) work();
      return lost;
    };
    check_run(desk, "a" + std::to_string(step), "b" + std::to_string(step));
    CHECK(desk.requests > steps);
    CHECK(desk.bucket.objects.size() == 1);
    CHECK_FALSE(desk.taken_from);
  }
}

TEST_CASE("a server that ignores conditions is refused, and nothing is left there") {
  S3Desk desk;
  std::string words;
  SECTION("all of them") {
    desk.bucket.heeds_match = desk.bucket.heeds_none_match = false;
    words = "ignores the conditions of a write (If-Match, If-None-Match)";
  }
  SECTION("that of a new object") {
    desk.bucket.heeds_none_match = false;
    words = "ignores the condition of a write (If-None-Match)";
  }
  SECTION("that of an object that is there") {
    desk.bucket.writes_missing = true;
    words = "MinIO before 2025-09 does so";
  }
  const auto refused = desk.open()->lock(locker("apply"), {}, desk.clock);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Contains(words));
  CHECK_THAT(refused.error().message, Contains("s3://states/x"));
  CHECK_THAT(refused.error().hint, Contains("MinIO since 2025-09"));
  CHECK(desk.bucket.objects.empty());
}

TEST_CASE("conditions are proven once a run") {
  S3Desk desk;
  const auto store = desk.open();
  { REQUIRE(store->lock(locker("apply"), {}, desk.clock)); }
  CHECK(desk.requests == 5);
  { REQUIRE(store->lock(locker("apply"), {}, desk.clock)); }
  CHECK(desk.requests == 5 + 3);
}

TEST_CASE("a lock in a bucket expires by the server's clock, and is taken over") {
  S3Desk desk;
  const auto dead = desk.open();
  const auto store = desk.open();
  auto abandoned = dead->lock(locker("apply"), {}, desk.clock);
  REQUIRE(abandoned);
  REQUIRE(dead->write("1", std::nullopt));
  desk.clock.sleep_for(seconds{60});
  CHECK_FALSE(store->lock(locker("refresh"), {}, desk.clock));
  CHECK(store->look_at_lock().kind == LockSight::Kind::kHeld);
  CHECK_FALSE(desk.taken_from);

  // The server's time comes in whole seconds.
  desk.clock.sleep_for(seconds{1});
  CHECK(store->look_at_lock() == LockSight{});
  CHECK_FALSE(*store->find_holder(locker("unlock")));
  const auto taken = store->lock(locker("refresh"), {}, desk.clock);
  REQUIRE(taken);
  REQUIRE(desk.taken_from);
  CHECK(describe(*desk.taken_from) == "ana@runner-3 (apply, process 4711, since 2026-01-31T23:59:59Z)");

  INFO("who lost it neither writes nor removes the lock of the other one");
  const auto version = store->read()->value().version;
  REQUIRE(store->write("2", version));
  CHECK_FALSE(dead->write("3", version));
  CHECK((*abandoned)->release());
  CHECK(store->look_at_lock().holder->command == "refresh");
  CHECK(store->read()->value().bytes == "2");
}

TEST_CASE("who lost a lock removes nothing, also where the server removes whatever stands there") {
  S3Desk desk;
  desk.bucket.heeds_delete = false;
  const auto dead = desk.open();
  const auto store = desk.open();
  const auto abandoned = dead->lock(locker("apply"), {}, desk.clock);
  desk.clock.sleep_for(seconds{62});
  const auto taken = store->lock(locker("refresh"), {}, desk.clock);
  REQUIRE(taken);
  CHECK((*abandoned)->release());
  CHECK(store->look_at_lock().holder->command == "refresh");
}

TEST_CASE("a run that waits takes over what expires meanwhile") {
  S3Desk desk;
  const auto dead = desk.open();
  const auto abandoned = dead->lock(locker("apply"), {}, desk.clock);
  const auto start = desk.clock.ticks();
  REQUIRE(desk.open()->lock(locker("refresh"), {std::chrono::minutes{5}, {}, nullptr}, desk.clock));
  CHECK(desk.clock.ticks() - start < seconds{60 + 1 + 16});
}

TEST_CASE("a lease begins before the lock was asked for, and ends with it") {
  S3Desk desk;
  const auto lease = std::make_shared<Lease>(desk.clock);
  const auto store = desk.open(lease);
  desk.fault = [&](int, const auto&) -> std::optional<S3Fault> {
    desk.clock.sleep_for(seconds{13});
    return std::nullopt;
  };
  const auto lock = store->lock(locker("apply"), {}, desk.clock);
  desk.fault = nullptr;
  REQUIRE(lock);
  CHECK(lease->length() == seconds{60});
  // Three of the four requests came after the time that the lock counts from.
  CHECK(lease->may_send());
  desk.clock.sleep_for(seconds{60 - 3 * 13 - 10});
  CHECK(lease->may_send());
  desk.clock.sleep_for(seconds{1});
  CHECK_FALSE(lease->may_send());
  CHECK((*lock)->release());
  CHECK(lease->may_send());
  CHECK(lease->length() == seconds{0});
  CHECK(desk.bucket.objects.empty());
}

TEST_CASE("a lock in a bucket is renewed, and its loss is noticed") {
  S3Desk desk;
  const auto first = desk.open();
  const auto lock = first->lock(locker("apply"), {}, desk.clock);
  REQUIRE(lock);
  const auto etag_now = [&] { return desk.bucket.objects.at("/x.lock").second; };
  const auto held_from = [&](const std::string& etag) {
    return HeldS3Lock(S3Objects(S3Desk::place(), desk.connect()), "x.lock", locker("apply"), seconds{60},
                      etag, ServerClock(std::chrono::floor<seconds>(desk.clock.now()), desk.clock.ticks()),
                      desk.clock);
  };
  HeldS3Lock held = held_from(etag_now());
  for (int round = 0; round < 3; ++round) {
    desk.clock.sleep_for(seconds{50});
    const auto renewed = held.renew();
    REQUIRE(renewed);
    CHECK(renewed->ours);
    CHECK(held.etag() == etag_now());
    CHECK(*parse_lock_text(desk.bucket.objects.at("/x.lock").first).expires ==
          desk.clock.now() + seconds{61});
    CHECK_FALSE(desk.open()->lock(locker("refresh"), {}, desk.clock));
  }
  INFO("a renewal that arrived although its response was lost");
  HeldS3Lock behind = held_from("\"of the renewal before\"");
  CHECK(behind.renew()->ours);
  CHECK(behind.etag() == etag_now());
  INFO("somebody removed it");
  REQUIRE(desk.open()->remove_lock("id-of-apply"));
  CHECK_FALSE(behind.renew()->ours);
  CHECK_FALSE(behind.renew()->holder);
  INFO("another run has it");
  const auto other = desk.open();
  const auto taken = other->lock(locker("refresh"), {}, desk.clock);
  REQUIRE(taken);
  CHECK_FALSE(behind.renew()->ours);
  CHECK(behind.renew()->holder->command == "refresh");
  INFO("nobody knows");
  desk.fault = [&](int, const auto&) { return no_answer(http::Failure::kTimeout, true); };
  CHECK_FALSE(behind.renew());
}

TEST_CASE("a lock in a bucket is removed by its id") {
  S3Desk desk;
  const auto store = desk.open();
  CHECK_THAT(store->remove_lock("any").error().message, Contains("has no lock with this ID"));
  const auto holder = desk.open();
  const auto lock = holder->lock(locker("apply"), {}, desk.clock);
  const auto wrong = store->remove_lock("another");
  REQUIRE_FALSE(wrong);
  CHECK_THAT(wrong.error().hint, Contains("`rollcall unlock id-of-apply` removes that one."));
  CHECK(store->find_holder(locker("unlock"))->value().id == "id-of-apply");
  CHECK(store->remove_lock("id-of-apply"));
  CHECK(desk.bucket.objects.empty());
  // There is nothing left to let go.
  CHECK((*lock)->release());
}

TEST_CASE("the lock of another program has no end and no holder") {
  S3Desk desk;
  desk.bucket.put("/x.lock", GENERATE("{}", "locked", "[1]", R"({"who": 1, "expires": 2})"));
  const auto store = desk.open();
  desk.clock.sleep_for(std::chrono::hours{1000});
  const auto refused = store->lock(locker("apply"), {}, desk.clock);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Contains("is locked by another program"));
  CHECK(store->find_holder(locker("unlock"))->value().id.empty());
  CHECK(store->remove_lock(""));
  CHECK(store->lock(locker("apply"), {}, desk.clock));
}

TEST_CASE("a write that was told as unknown is no stranger's in a bucket") {
  S3Desk desk;
  const auto store = desk.open();
  const auto lock = store->lock(locker("apply"), {}, desk.clock);
  const auto first = store->write("1", std::nullopt);
  REQUIRE(first);
  desk.requests = 0;
  // After a look at the lock.
  desk.fault = [&](int number, const auto& work) -> std::optional<S3Fault> {
    if (number == 1) return std::nullopt;
    if (number == 2) work();
    return no_answer(http::Failure::kTimeout, true);
  };
  const auto lost = store->write("2", *first);
  REQUIRE_FALSE(lost);
  CHECK_THAT(lost.error().message, Contains("It is unknown whether it was done."));
  desk.fault = nullptr;
  CHECK(store->write("3", *first));
  CHECK(store->read()->value().bytes == "3");
  CHECK_FALSE(store->write("4", *first));
}

TEST_CASE("a state is not written without its lock, and no lock is taken of a server without a clock") {
  S3Desk desk;
  const auto store = desk.open();
  CHECK_FALSE(store->write("1", std::nullopt));
  CHECK(desk.requests == 0);
  desk.fault = [&](int, const auto& work) {
    auto reply = work();
    std::erase_if(reply->headers, [](const http::Header& header) { return header.name == "date"; });
    return reply;
  };
  CHECK_THAT(store->lock(locker("apply"), {}, desk.clock).error().message,
             Contains("does not say what time it is"));
  CHECK(desk.bucket.objects.empty());
}

TEST_CASE("what a server that speaks S3 refuses") {
  S3Desk desk;
  S3Fault reply = testing::answer(200);
  desk.fault = [&](int, const auto&) { return reply; };
  const auto told = [&](S3Fault refusal) {
    reply = std::move(refusal);
    const auto read = desk.open()->read();
    return read ? std::string() : read.error().message + " " + read.error().hint;
  };
  const auto refused = [&](int status, const std::string& code, const std::string& more = "") {
    return told(S3Bucket::refusal(status, code, more));
  };
  CHECK_THAT(refused(403, "InvalidAccessKeyId"), Contains("does not know the access key"));
  CHECK_THAT(refused(403, "SignatureDoesNotMatch"), Contains("Check AWS_SECRET_ACCESS_KEY."));
  CHECK_THAT(refused(400, "ExpiredToken"),
             Contains("is over or not valid (ExpiredToken). Get new credentials"));
  CHECK_THAT(refused(403, "AccessDenied"),
             Contains("may not have the state s3://states/x read (AccessDenied)"));
  CHECK_THAT(refused(403, "AccessDenied"), Contains("A bucket of another account has to allow them"));
  CHECK_THAT(refused(404, "NoSuchBucket"), Contains("There is no bucket states"));
  CHECK_THAT(refused(400, "AuthorizationHeaderMalformed", "<Region>us-west-2</Region>"),
             Contains("is in the region us-west-2, and the request was made for eu-central-1. Write "
                      "region=us-west-2 into"));
  CHECK_THAT(refused(301, "PermanentRedirect"), Contains("is not where the request went"));
  CHECK_THAT(
      refused(403, "RequestTimeTooSkewed",
              "<RequestTime>20260131T235959Z</RequestTime><ServerTime>2026-02-01T01:00:00Z</ServerTime>"),
      Contains("here it is 20260131T235959Z, there 2026-02-01T01:00:00Z."));
  CHECK_THAT(refused(503, "SlowDown"), Contains("answered 503 (SlowDown: Made up.). Try again when"));
  CHECK_THAT(refused(501, "NotImplemented"),
             Contains("does not know what was asked for (501). It has to write"));
  CHECK_THAT(refused(413, "EntityTooLarge"), Contains("is too large"));
  CHECK_THAT(refused(400, "Odd\x1b[31m"), Contains("answered 400 (Odd\\x1b[31m: Made up.)"));
  CHECK_THAT(told(testing::answer(404, "<html>Not Found</html>")), Contains("answered 404. Check that"));
  CHECK_THAT(told(testing::answer(200, "<html>")), Contains("does not speak S3: its response has no ETag"));
  CHECK_THAT(told(no_answer(http::Failure::kTls, false)), Contains("could not be read: No response."));
  CHECK_THAT(told(no_answer(http::Failure::kResolve, false)), Contains("Check the region eu-central-1"));
  const std::string signature(64, 'a');
  const std::string echoed = told(
      testing::answer(400, "<Error><Code>Odd</Code><Message>Signature=" + signature + "</Message></Error>",
                      "application/xml"));
  CHECK_THAT(echoed, Contains("answered 400 (Odd)"));
  CHECK_THAT(told(testing::answer(400, "<Error><Code>A</Code><Message>5 &lt; 6 &amp; 7")),
             Contains("answered 400 (A)."));
}

}  // namespace
}  // namespace rollcall::store
