#pragma once

#include <curl/curl.h>

#include <memory>

#include "http/credentials.hpp"
#include "http/transport.hpp"

namespace rollcall::http {

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

/// Whether the request shows who asks by its signature.
bool is_signed(const Request& request, const Credentials& credentials);

/// The header of a request, as libcurl takes it. A signature is libcurl's own to add.
HeaderList make_headers(const Request& request, const Credentials& credentials);

}  // namespace rollcall::http
