#include "roster/features.hpp"

#include <array>

namespace rollcall::roster {
namespace {

constexpr auto kFeatures = std::to_array<std::string_view>({
    "advanced_search",
    "advanced_search_indexing",
    "agent_bots",
    "agent_management",
    "assignment_v2",
    "audit_logs",
    "auto_resolve_conversations",
    "automations",
    "campaigns",
    "canned_responses",
    "captain_integration",
    "captain_integration_v2",
    "channel_email",
    "channel_facebook",
    "channel_instagram",
    "channel_tiktok",
    "channel_twitter",
    "channel_voice",
    "channel_website",
    "chatwoot_v4",
    "companies",
    "contact_chatwoot_support_team",
    "conversation_required_attributes",
    "crm",
    "crm_integration",
    "crm_v2",
    "csat_review_notes",
    "custom_attributes",
    "custom_reply_domain",
    "custom_reply_email",
    "custom_roles",
    "disable_branding",
    "email_continuity_on_api_channel",
    "help_center",
    "help_center_embedding_search",
    "inbound_emails",
    "inbox_management",
    "inbox_view",
    "insert_article_in_reply",
    "integrations",
    "ip_lookup",
    "labels",
    "linear_integration",
    "macros",
    "message_reply_to",
    "mobile_v2",
    "notion_integration",
    "quoted_email_reply",
    "reply_mailer_migration",
    "report_v4",
    "reports",
    "response_bot",
    "saml",
    "search_with_gin",
    "shopify_integration",
    "sla",
    "team_management",
    "twilio_content_templates",
    "voice_recorder",
    "whatsapp_campaign",
    "whatsapp_embedded_signup",
});

}  // namespace

std::span<const std::string_view> known_features() {
  return kFeatures;
}

}  // namespace rollcall::roster
