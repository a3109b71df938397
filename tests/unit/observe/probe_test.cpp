#include "observe/probe.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace rollcall;
using model::ServerId;

namespace {

/// A server that has some ids, hides others, and fails at some.
struct Ids {
  std::set<ServerId> there, hidden, failing;
  std::vector<ServerId> asked;

  chatwoot::Result<ServerId> get(ServerId id) {
    asked.push_back(id);
    if (there.contains(id)) return id;
    chatwoot::CallError error;
    error.kind = hidden.contains(id)    ? chatwoot::ErrorKind::kNotPermitted
                 : failing.contains(id) ? chatwoot::ErrorKind::kServerError
                                        : chatwoot::ErrorKind::kNotFound;
    error.status = failing.contains(id) ? 500 : 404;
    return tl::unexpected(error);
  }
  observe::Probed probe(const observe::IdRange& range, const std::set<ServerId>& known = {}) {
    return observe::probe_ids(
        range, [&](ServerId id) { return known.contains(id); }, [&](ServerId id) { return get(id); },
        [&](ServerId id) {
          found.push_back(id);
          return false;
        });
  }
  std::vector<ServerId> found;
};

}  // namespace

TEST_CASE("ids are asked for upward until 200 in a row are missing") {
  Ids ids{{5, 204, 404}, {7}, {}, {}, {}};
  const auto probed = ids.probe({3, 0});
  CHECK(ids.found == std::vector<ServerId>{5, 204, 404});
  CHECK(probed.unseen == std::vector<ServerId>{7});
  CHECK(probed.seen_to == 404);
  CHECK_FALSE(probed.failure);
  CHECK(ids.asked.front() == 3);
  CHECK(ids.asked.back() == 604);
}

TEST_CASE("what is known is not asked for, and the search does not end before it") {
  Ids ids{{900}, {}, {}, {}, {}};
  const auto probed = ids.probe({1, 800}, {800});
  CHECK(ids.found == std::vector<ServerId>{900});
  CHECK(std::count(ids.asked.begin(), ids.asked.end(), 800) == 0);
  CHECK(probed.seen_to == 900);
}

TEST_CASE("an id that fails three times ends the search without an end") {
  Ids ids{{9}, {}, {4}, {}, {}};
  const auto probed = ids.probe({1, 0});
  REQUIRE(probed.failure);
  CHECK(std::count(ids.asked.begin(), ids.asked.end(), 4) == 3);
  CHECK(ids.found.empty());
}

TEST_CASE("unseen ids are told as ranges") {
  CHECK(observe::ranges_of({}).empty());
  CHECK(observe::ranges_of({3, 5, 6, 7, 9, 10}) == "3, 5 to 7, 9 to 10");
}
