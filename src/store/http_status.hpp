#pragma once

/// The statuses of HTTP that servers of states answer with.
namespace rollcall::store {

constexpr int kOk = 200;
constexpr int kCreated = 201;
constexpr int kNoContent = 204;
constexpr int kForbidden = 403;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kPreconditionFailed = 412;
constexpr int kTooLarge = 413;
constexpr int kUnprocessable = 422;
constexpr int kLocked = 423;
constexpr int kServerError = 500;
constexpr int kNotImplemented = 501;

}  // namespace rollcall::store
