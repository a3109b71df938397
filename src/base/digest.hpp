#pragma once

#include <string>
#include <string_view>

namespace rollcall {

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);

/// SHA-256 in base64, as policies of content name a text.
std::string sha256_base64(std::string_view bytes);

/// The MD5 of the bytes in base64, as the header Content-MD5 wants it. Good against mistakes only.
std::string content_md5(std::string_view bytes);

std::string base64(std::string_view bytes);

}  // namespace rollcall
