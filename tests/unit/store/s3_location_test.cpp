#include "store/s3_location.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace rollcall::store {
namespace {

using Catch::Contains;

Expected<S3Place> parse(const std::string& text) {
  return parse_s3_state(std::get<StateUrl>(parse_location(text)));
}

TEST_CASE("the address of a state in a bucket") {
  const auto plain = parse("S3://my-bucket/teams/rollcall.state.json?region=eu-central-1");
  REQUIRE(plain);
  CHECK(plain->name == "s3://my-bucket/teams/rollcall.state.json");
  CHECK(plain->key == "teams/rollcall.state.json");
  CHECK(plain->region == "eu-central-1");
  CHECK(plain->lease == std::chrono::seconds{60});
  CHECK(http::to_string(bucket_url(*plain)) == "https://my-bucket.s3.eu-central-1.amazonaws.com");

  const auto local = parse("s3://states/x?lease=2&endpoint=http://127.0.0.1:9000/s3&region=us-east-1");
  REQUIRE(local);
  CHECK(local->name == "s3://states/x?endpoint=http://127.0.0.1:9000/s3");
  CHECK(local->lease == std::chrono::seconds{2});
  CHECK(http::to_string(bucket_url(*local)) == "http://127.0.0.1:9000/s3/states");

  // No certificate is for a name with more dots, nor for one with underscores.
  for (const char* bucket : {"my.bucket", "my_bucket"})
    CHECK(http::to_string(bucket_url(*parse("s3://" + std::string(bucket) + "/x?region=cn-north-1"))) ==
          "https://s3.cn-north-1.amazonaws.com.cn/" + std::string(bucket));
}

TEST_CASE("the region of a state in a bucket is never empty") {
  CHECK(*region_of(*parse("s3://states/x?region=eu-west-1"), "eu-central-1") == "eu-west-1");
  CHECK(*region_of(*parse("s3://states/x"), "eu-central-1") == "eu-central-1");
  CHECK(*region_of(*parse("s3://states/x?endpoint=https://0123.r2.cloudflarestorage.com"), "") == "auto");
  CHECK_THAT(region_of(*parse("s3://states/x"), "").error().hint, Contains("set AWS_REGION"));
  CHECK_FALSE(region_of(*parse("s3://states/x"), "eu:central"));
}

TEST_CASE("addresses of buckets that are refused") {
  const auto message = [](const std::string& text) {
    const auto parsed = parse(text);
    return parsed ? std::string() : parsed.error().message;
  };
  CHECK_THAT(message("s3://AKIA:secret@states/x"), Contains("holds a user name or password."));
  CHECK_THAT(message("s3://states"), Contains("names a bucket and no object in it"));
  CHECK_THAT(message("s3://states/"), Contains("names a bucket and no object in it"));
  CHECK_THAT(message("s3://no/x"), Contains("`no` is not the name of an S3 bucket"));
  CHECK_THAT(message("s3:///x"), Contains("is not the name of an S3 bucket"));
  for (const char* key : {"/x", "a//b", "a/", "a/../b", "./a", "a=b", "a%20b", "a:b", "\xC3\xA4"})
    CHECK_THAT(message("s3://states/" + std::string(key)), Contains("is not a key that a state can have"));
  CHECK_THAT(message("s3://states/" + std::string(1001, 'a')),
             Contains("is not a key that a state can have"));
  CHECK_THAT(message("s3://states/x?region="), Contains("is not the name of a region"));
  CHECK_THAT(message("s3://states/x?region=a/b"), Contains("is not the name of a region"));
  CHECK_THAT(message("s3://states/x?acl=public"), Contains("has the parameter `acl`"));
  CHECK_THAT(message("s3://states/x?lease=1"), Contains("`lease=1` is not a number of seconds"));
  CHECK_THAT(message("s3://states/x?endpoint=minio"), Contains("The endpoint of the state is not valid"));
  CHECK_THAT(message("s3://states/x?endpoint=http://minio.example.com"),
             Contains("Plain http:// would send the state to minio.example.com unencrypted."));
}

}  // namespace
}  // namespace rollcall::store
