#include "fields.hpp"

#include <algorithm>

#include "text.hpp"

namespace sandbox {

bool was_sent(const Json& params, const std::string& key) {
  const auto it = params.find(key);
  return it != params.end() && is_scalar(*it);
}

const Json* object_sent(const Json& params, const std::string& key) {
  const auto it = params.find(key);
  return it != params.end() && it->is_object() ? &*it : nullptr;
}

Json nullable(const std::optional<std::string>& value) {
  return value ? Json(*value) : Json(nullptr);
}

void Problems::add(const std::string& attribute, const std::string& label, const std::string& text) {
  messages_.push_back(label.empty() ? text : label + " " + text);
  if (std::find(attributes_.begin(), attributes_.end(), attribute) == attributes_.end()) {
    attributes_.push_back(attribute);
  }
}

void Problems::check_length(const std::string& attribute, const std::string& label,
                            const std::optional<std::string>& value, std::size_t longest) {
  if (!value || length_of(*value) <= longest) return;
  add(attribute, label, "is too long (maximum is " + std::to_string(longest) + " characters)");
}

bool read_enum(const Json& value, const std::map<Id, std::string>& names,
               std::optional<std::string>& result) {
  result.reset();
  if (!is_present(value)) return true;
  if (value.is_string()) {
    result = value.get<std::string>();
    return std::any_of(names.begin(), names.end(),
                       [&](const auto& entry) { return entry.second == *result; });
  }
  const auto it = value.is_number() ? names.find(as_integer(value).value_or(-1)) : names.end();
  if (it == names.end() || value != Json(it->first)) return false;
  result = it->second;
  return true;
}

const std::vector<Feature>& all_features() {
  // Recorded are those that are on, ip_lookup and the paid ones; the others' names and places are Chatwoot's
  // list of flags as far as it is known.
  static const std::vector<Feature> kFeatures = {{"inbound_emails", true},
                                                 {"channel_email", true},
                                                 {"channel_facebook", true},
                                                 {"channel_twitter", true},
                                                 {"ip_lookup", false},
                                                 {"disable_branding", false},
                                                 {"email_continuity_on_api_channel", false},
                                                 {"help_center", true},
                                                 {"agent_bots", true},
                                                 {"macros", true},
                                                 {"agent_management", true},
                                                 {"team_management", true},
                                                 {"inbox_management", true},
                                                 {"labels", true},
                                                 {"custom_attributes", true},
                                                 {"automations", true},
                                                 {"canned_responses", true},
                                                 {"integrations", true},
                                                 {"voice_recorder", true},
                                                 {"mobile_v2", false},
                                                 {"channel_website", true},
                                                 {"campaigns", true},
                                                 {"reports", true},
                                                 {"crm", true},
                                                 {"auto_resolve_conversations", true},
                                                 {"custom_reply_email", false},
                                                 {"custom_reply_domain", false},
                                                 {"audit_logs", false},
                                                 {"response_bot", false},
                                                 {"message_reply_to", false},
                                                 {"insert_article_in_reply", false},
                                                 {"inbox_view", false},
                                                 {"sla", false},
                                                 {"help_center_embedding_search", false},
                                                 {"linear_integration", false},
                                                 {"captain_integration", false},
                                                 {"custom_roles", false},
                                                 {"chatwoot_v4", true},
                                                 {"report_v4", true},
                                                 {"contact_chatwoot_support_team", true},
                                                 {"shopify_integration", false},
                                                 {"search_with_gin", false},
                                                 {"channel_instagram", true},
                                                 {"crm_integration", false},
                                                 {"channel_voice", false},
                                                 {"notion_integration", false},
                                                 {"captain_integration_v2", false},
                                                 {"whatsapp_embedded_signup", false},
                                                 {"whatsapp_campaign", false},
                                                 {"crm_v2", false},
                                                 {"assignment_v2", false},
                                                 {"twilio_content_templates", false},
                                                 {"advanced_search", false},
                                                 {"saml", false},
                                                 {"quoted_email_reply", false},
                                                 {"companies", false},
                                                 {"channel_tiktok", true},
                                                 {"csat_review_notes", false}};
  return kFeatures;
}

const std::map<Id, std::string>& all_locales() {
  // Recorded: en, de (4), fr, pt_BR; the others as in Chatwoot's list of languages.
  static const std::map<Id, std::string> kLocales = {
      {0, "en"},  {1, "ar"},  {2, "nl"},     {3, "fr"},  {4, "de"},     {6, "it"},  {7, "ja"},     {8, "ko"},
      {9, "pt"},  {10, "ru"}, {12, "es"},    {13, "ml"}, {14, "ca"},    {15, "el"}, {16, "pt_BR"}, {17, "ro"},
      {18, "ta"}, {19, "fa"}, {20, "zh_TW"}, {21, "vi"}, {22, "da"},    {23, "tr"}, {24, "cs"},    {25, "fi"},
      {26, "id"}, {27, "sv"}, {28, "hu"},    {29, "no"}, {30, "zh_CN"}, {31, "pl"}, {32, "sk"},    {33, "uk"},
      {34, "th"}, {35, "lv"}, {36, "is"},    {37, "he"}, {38, "lt"},    {39, "sr"}, {40, "bg"}};
  return kLocales;
}

Json features_json(const Account& account) {
  Json on = Json::object();
  // Its entries are copied when they move.
  on.get_ref<Json::object_t&>().reserve(account.features.size());
  for (const Feature& feature : all_features()) {
    if (account.features.count(feature.name) > 0) on[feature.name] = true;
  }
  return on;
}

namespace {

constexpr std::string_view kSpecials = " !@#$%^&*()_+-=[]{}|\"/\\.,`<>:;?~'";

// The characters that belong to no class, each as its UTF-8 bytes.
std::vector<std::string> invalid_characters(const std::string& password) {
  std::vector<std::string> result;
  for (const char c : password) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0U) == 0x80U;
    const bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       kSpecials.find(c) != std::string_view::npos;
    if (known) continue;
    if (continues && !result.empty()) {
      result.back() += c;
    } else {
      result.emplace_back(1, c);
    }
  }
  return result;
}

bool has_between(const std::string& text, char first, char last) {
  return std::any_of(text.begin(), text.end(), [&](char c) { return c >= first && c <= last; });
}

}  // namespace

void check_password(const Json& value, Problems& problems) {
  constexpr std::size_t kShortest = 6;
  constexpr std::size_t kLongest = 128;
  const std::string password = as_text(value).value_or("");
  const auto complain = [&](const std::string& text) { problems.add("password", "Password", text); };
  if (length_of(password) < kShortest) complain("must contain at least 6 characters");
  if (length_of(password) > kLongest) complain("must contain less than 128 characters");
  if (!has_between(password, 'A', 'Z')) complain("must contain at least 1 uppercase character  (A..Z)");
  if (!has_between(password, 'a', 'z')) complain("must contain at least 1 lowercase character  (a..z)");
  if (!has_between(password, '0', '9')) complain("must contain at least 1 number character  (0..9)");
  if (password.find_first_of(kSpecials) == std::string::npos) {
    complain("must contain at least 1 special character  (" + std::string(kSpecials) + ")");
  }
  const std::vector<std::string> strange = invalid_characters(password);
  if (strange.empty()) return;
  std::string listed;
  for (const std::string& character : strange) listed += (listed.empty() ? "" : ", ") + character;
  complain("contains " + std::to_string(strange.size()) + " invalid character" +
           (strange.size() > 1 ? "s" : "") + " (" + listed + ")");
}

void check_email(const std::string& email, Problems& problems) {
  if (is_blank(email)) return problems.add("email", "Email", "can't be blank");
  problems.check_length("email", "Email", email, kLongestText);
  const std::size_t at = email.find('@');
  const bool one_at = at != std::string::npos && email.find('@', at + 1) == std::string::npos;
  const bool spaced = email.find_first_of(" \t\r\n\v\f") != std::string::npos;
  const bool shaped = one_at && at > 0 && at + 1 < email.size() && !spaced;
  if (!shaped) problems.add("email", "Email", "is invalid");
  const std::string local = email.substr(0, at);
  const std::string domain = shaped ? email.substr(at + 1) : "";
  const bool plain_domain = std::all_of(domain.begin(), domain.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80U &&
           std::string_view("+!_/'#`<>,;:\"()[]").find(c) == std::string_view::npos;
  });
  const bool dotted = domain.find('.') != std::string::npos && domain.find("..") == std::string::npos &&
                      domain.front() != '.' && domain.back() != '.' && domain.front() != '-' &&
                      domain.find("-.") == std::string::npos;
  const bool plain_local = local.find("..") == std::string::npos &&
                           local.find_first_of("<>,;:\"()[]\\") == std::string::npos &&
                           (local.empty() || (local.front() != '.' && local.back() != '.'));
  if (!shaped || !plain_domain || !dotted || !plain_local) problems.add("email", "Email", "is not an email");
}

}  // namespace sandbox
