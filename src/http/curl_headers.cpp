#include "http/curl_headers.hpp"

#include <new>
#include <string>

#include "base/digest.hpp"

namespace rollcall::http {
namespace {

void append(HeaderList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(longer);
}

}  // namespace

bool is_signed(const Request& request, const Credentials& credentials) {
  return request.authenticated && credentials.signing;
}

HeaderList make_headers(const Request& request, const Credentials& credentials) {
  HeaderList headers;
  for (const Header& header : request.headers) append(headers, header.name + ": " + header.value);
  if (is_signed(request, credentials)) {
    append(headers, "x-amz-content-sha256: " + sha256(request.body));
    if (const Secret& token = credentials.signing->session_token; !token.empty())
      append(headers, "x-amz-security-token: " + token.reveal());
    return headers;
  }
  // Without this a large body waits a second for a response that Chatwoot does not send.
  append(headers, "Expect:");
  if (request.authenticated)
    append(headers, credentials.header + ": " + credentials.scheme + credentials.value.reveal());
  return headers;
}

}  // namespace rollcall::http
