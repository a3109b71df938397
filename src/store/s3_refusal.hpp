#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/transport.hpp"
#include "store/s3_location.hpp"

/// What S3 and its likes say where they do not do what they are asked for.
namespace rollcall::store {

/// The code of an error such as NoSuchKey; empty where the body is none of S3's errors.
std::string s3_code(const http::Response& response);

/// What a response means that is none of success, with what to do next. `what` is the participle of what was
/// to be done with the state: read, written, locked.
Error explain_s3(const S3Place& place, const http::Response& response, std::string_view what);

}  // namespace rollcall::store
